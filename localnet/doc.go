// Package localnet runs a consortium on one machine: each hospital is a real
// process of the dmdld binary with a folder, keys and ports of its own, and the
// chain begins with the same ceremony as between hospitals. The demo, the
// end-to-end tests and the benchmarks stand on it.
//
// Everything listens on 127.0.0.1. Processes end with the network, also when
// the program that started them is killed.
package localnet
