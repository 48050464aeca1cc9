package vault

import "io"

// aside writes what is large beside its maker, on another core, with two buffers
// between them. What is small it writes at once.
type aside struct {
	to     io.Writer
	full   chan []byte // nil until there is a full buffer to hand over
	empty  chan []byte
	failed chan struct{} // closed when to fails, with err
	done   chan struct{}
	err    error
}

// Write implements io.Writer. An error may belong to what was written before.
func (a *aside) Write(p []byte) (int, error) {
	if a.full == nil {
		if len(p) < copySize {
			return a.to.Write(p)
		}
		a.begin()
	}
	select {
	case <-a.failed:
		return 0, a.err
	case b := <-a.empty:
		a.full <- append(b[:0], p...)
		return len(p), nil
	}
}

func (a *aside) begin() {
	full, empty := make(chan []byte, 2), make(chan []byte, 2)
	failed, done := make(chan struct{}), make(chan struct{})
	a.full, a.empty, a.failed, a.done = full, empty, failed, done
	for range cap(empty) {
		empty <- *copyBuffers.Get().(*[]byte)
	}
	go func() {
		defer close(done)
		for b := range full {
			if a.err == nil {
				if _, a.err = a.to.Write(b); a.err != nil {
					close(failed)
				}
			}
			empty <- b
		}
	}()
}

// wait returns when everything is written, with the first error. Nothing may be
// written after it.
func (a *aside) wait() error {
	if a.full == nil {
		return a.err
	}
	close(a.full)
	<-a.done
	for range cap(a.empty) {
		b := <-a.empty
		b = b[:cap(b)]
		copyBuffers.Put(&b)
	}
	a.full = nil
	return a.err
}
