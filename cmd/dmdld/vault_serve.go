package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/control"
	"github.com/dmdl-network/dmdl/hospital/copies"
	"github.com/dmdl-network/dmdl/hospital/ingest"
	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// tokenFile holds the token of the HTTP interface, in the vault's home.
const tokenFile = "http.token"

// serving is what "vault serve" is told.
type serving struct {
	listen  string
	release string
	// certificate and key are files of the TLS certificate for releases.
	certificate, key string
	// copies is where other institutions look for copies, with its TLS certificate.
	copies, copiesCertificate, copiesKey string
	watch                                []string
	cadence                              time.Duration
	ingest                               ingest.Options
}

func vaultServeCmd() *cobra.Command {
	var s serving
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Take in what comes and anchor it on a fixed cadence, until interrupted",
		Long: `Take in what comes into watched folders and over HTTP, and seal and anchor one batch
on every beat of the cadence, also when nothing came: so neither the number of
batches nor their times tell how busy the hospital is.

The HTTP interface is for the hospital's own systems. It asks for the token in
http.token, which is made in the vault's folder. Releases have an interface of their
own, for requesters of all institutions, which is off unless --release-listen is given;
it needs a TLS certificate unless it listens on this machine alone. Institutions that are
trusted by "dmdld vault copies trust" may look for copies if --copies-listen is given.

Other commands of the vault are given as ever: those that write are run by this process,
which they find at control.sock in the vault's folder.`,
		Example:     "dmdld vault serve --watch /srv/export --cadence 1m",
		Args:        cobra.NoArgs,
		Annotations: alone,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.cadence < time.Second {
				return fmt.Errorf("cadence %s is too fast: give one second or more", s.cadence)
			}
			return withOffice(cmd, func(ctx context.Context, v *vault.Vault, o *clerk.Office) error { return serve(ctx, cmd, v, o, s) })
		},
	}
	cmd.Flags().StringVar(&s.listen, "listen", "127.0.0.1:8470", "address of the HTTP interface, empty for none")
	cmd.Flags().StringVar(&s.release, "release-listen", "", "address of the interface for releases, such as :8471")
	cmd.Flags().StringVar(&s.certificate, "release-cert", "", "file of the TLS certificate for releases, in PEM")
	cmd.Flags().StringVar(&s.key, "release-key", "", "file of that certificate's key")
	cmd.Flags().StringVar(&s.copies, "copies-listen", "", "address at which other institutions look for copies, such as :8472")
	cmd.Flags().StringVar(&s.copiesCertificate, "copies-cert", "", "file of the TLS certificate for that, in PEM, which they have pinned")
	cmd.Flags().StringVar(&s.copiesKey, "copies-key", "", "file of that certificate's key")
	cmd.MarkFlagsRequiredTogether("copies-listen", "copies-cert", "copies-key")
	cmd.Flags().StringArrayVar(&s.watch, "watch", nil, "folder to watch (repeatable)")
	cmd.Flags().DurationVar(&s.cadence, "cadence", time.Minute, "time from one batch to the next")
	addIngestFlags(cmd, &s.ingest)
	return cmd
}

// serve runs everything until the context ends or one part fails. Nothing starts before
// all that it listens at is open, and when it returns nothing uses the vault any more.
func serve(ctx context.Context, cmd *cobra.Command, v *vault.Vault, o *clerk.Office, s serving) error {
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
	home, err := vaultHome(cmd)
	if err != nil {
		return err
	}
	others := copies.NewServer(v, copies.PeersIn(home), o.Work, log)
	doors, err := s.open(home, v, o, others, log)
	if err != nil {
		return err
	}
	commands, err := control.Listen(home)
	if err != nil {
		log.Error("commands that write to the vault are refused while it serves", "error", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, d := range doors {
		log.Info(d.name, "address", d.listener.Addr().String())
		group.Go(func() error { return serveHTTP(ctx, d.listener, d.handler) })
	}
	s.ingest.Vault = home
	for _, folder := range s.watch {
		group.Go(func() error {
			return ingest.Watch(ctx, v, fileName(cmd, folder), s.ingest, tell(log))
		})
	}
	if s.release != "" {
		group.Go(func() error { return watchReach(ctx, o, log) })
	}
	if s.copies != "" {
		group.Go(func() error { return others.Prepare(ctx) })
	}
	if commands != nil {
		group.Go(func() error { return takeOver(ctx, commands, &served{home: home, vault: v, office: o}, log) })
	}
	group.Go(func() error { return beat(ctx, o, s.cadence, log) })
	group.Go(func() error { return watchWorks(ctx, o, log) })
	if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// tell logs what came of a file or folder in a watched folder, whose name may be a patient's.
func tell(log *slog.Logger) func(string, []ingest.Failure) {
	return func(_ string, failures []ingest.Failure) {
		if len(failures) > 0 {
			log.Warn("not all of what is in a watched folder was taken in: \"dmdld vault ingest\" of it says why", "failures", len(failures))
			return
		}
		log.Info("a file was taken in")
	}
}

// door is where others reach the vault, and who answers there.
type door struct {
	name     string
	listener net.Listener
	handler  http.Handler
}

// open opens all doors that are wanted, or none.
func (s serving) open(home string, v *vault.Vault, o *clerk.Office, others *copies.Server, log *slog.Logger) (doors []door, err error) {
	open := func(flag, name string, listen func() (net.Listener, http.Handler, error)) {
		if err != nil {
			return
		}
		d := door{name: name}
		if d.listener, d.handler, err = listen(); err != nil {
			err = fmt.Errorf("--%s: %w", flag, err)
			return
		}
		doors = append(doors, d)
	}
	if s.listen != "" {
		open("listen", "serving", func() (net.Listener, http.Handler, error) { return s.openForSystems(home, v, log) })
	}
	if s.release != "" {
		open("release-listen", "serving releases", func() (net.Listener, http.Handler, error) {
			return s.openForReleases(server.NewRelease(o.Releases(), o.Emergencies(), log))
		})
	}
	if s.copies != "" {
		open("copies-listen", "serving copies", func() (net.Listener, http.Handler, error) {
			listener, err := s.listenForCopies(copies.PeersIn(home))
			return listener, others.Handler(), err
		})
	}
	if err == nil {
		return doors, nil
	}
	for _, d := range doors {
		err = errors.Join(err, d.listener.Close())
	}
	return nil, err
}

// openForSystems listens for the hospital's own systems.
func (s serving) openForSystems(home string, v *vault.Vault, log *slog.Logger) (net.Listener, http.Handler, error) {
	token, err := readToken(filepath.Join(home, tokenFile))
	if err != nil {
		return nil, nil, err
	}
	listener, err := net.Listen("tcp", s.listen)
	return listener, server.New(v, token, log), err
}

// noticePeriod is how often the vault tells the ledger of records of works that were
// withdrawn or erased: notices come together, so that their time tells little.
const noticePeriod = 24 * time.Hour

// watchWorks has the ledger told once a day.
func watchWorks(ctx context.Context, o *clerk.Office, log *slog.Logger) error {
	ticker := time.NewTicker(noticePeriod)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		told, err := o.NotifyAll(ctx, copyright.NewQueryClient(o.Client))
		if told > 0 || err != nil && ctx.Err() == nil {
			log.Info("the claimants of works are told of records", "records", told, "error", err)
		}
	}
}

// rosterPeriod is how often the vault learns who may break the glass, and tells the
// ledger of those who did without it.
const rosterPeriod = 10 * time.Minute

// watchReach keeps the roster of emergency clinicians fresh while the ledger is in
// reach, and has the journal told as soon as it is again.
func watchReach(ctx context.Context, o *clerk.Office, log *slog.Logger) error {
	e := o.Emergencies()
	var known time.Time
	for {
		if told, err := e.Report(ctx); told > 0 || err != nil && ctx.Err() == nil {
			log.Info("emergencies without the ledger are told", "lines", told, "error", err)
		}
		if time.Since(known) > rosterPeriod {
			if r, err := o.Roster(ctx); err == nil {
				known = time.Now()
				log.Info("who may break the glass is known", "clinicians", len(r.Clinicians), "height", r.Height)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(reportPeriod):
		}
	}
}

// reportPeriod is how often the journal is looked at.
const reportPeriod = 5 * time.Second

// openForReleases listens with TLS, or on loopback without.
func (s serving) openForReleases(handler http.Handler) (net.Listener, http.Handler, error) {
	if s.certificate == "" {
		host, _, err := net.SplitHostPort(s.release)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			return nil, nil, fmt.Errorf("releases on %q need a certificate: give --release-cert and --release-key, or listen on 127.0.0.1", s.release)
		}
		listener, err := net.Listen("tcp", s.release)
		return listener, handler, err
	}
	pair, err := tls.LoadX509KeyPair(s.certificate, s.key)
	if err != nil {
		return nil, nil, err
	}
	listener, err := tls.Listen("tcp", s.release, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"}})
	return listener, server.Addressed(pair.Leaf, handler), err
}

// beat seals and anchors a batch on every beat.
func beat(ctx context.Context, o *clerk.Office, cadence time.Duration, log *slog.Logger) error {
	ticker := time.NewTicker(cadence)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if err := o.Beat(ctx); err != nil && ctx.Err() == nil {
			// The batches wait in the vault and go with the next beat.
			log.Error("anchoring failed, the next beat tries again", "error", err)
		}
	}
}

// lingering is how long what is under way may go on when serving ends.
const lingering = 10 * time.Second

// serveHTTP answers requests until the context ends. It returns once the last handler has.
func serveHTTP(ctx context.Context, listener net.Listener, handler http.Handler) error {
	var connections sync.WaitGroup
	s := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 5 * time.Minute, WriteTimeout: 5 * time.Minute, IdleTimeout: time.Minute,
		ConnContext: server.KeepConnection,
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				connections.Add(1)
			case http.StateClosed: // its handler has ended
				connections.Done()
			}
		},
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(listener) }()
	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
		ending, stop := context.WithTimeout(context.WithoutCancel(ctx), lingering)
		defer stop()
		_ = s.Shutdown(ending) // what is not done by then is cut off
		<-served
	}
	err = errors.Join(err, s.Close())
	connections.Wait()
	return err
}

// readToken returns the token in a file, which is made if it is not there.
func readToken(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return strings.TrimSpace(string(text)), err
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails: the runtime aborts if the system has no randomness
	token := hex.EncodeToString(secret)
	return token, writeWhole(path, strings.NewReader(token+"\n"))
}
