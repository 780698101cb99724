// A peer for the tests of ttrpc: Go's own implementation, as server or as client.
//
// peer serve SOCKET           serves test.v1.Service until its stdin ends
// peer call SOCKET            calls every method of that service and says "passed", or what is wrong
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/containerd/ttrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	text "google.golang.org/protobuf/types/known/wrapperspb"
)

const service = "test.v1.Service"

func main() {
	var err error
	switch os.Args[1] {
	case "serve":
		err = serve(os.Args[2])
	case "call":
		err = call(os.Args[2])
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func serve(socket string) error {
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	server, err := ttrpc.NewServer()
	if err != nil {
		return err
	}
	server.RegisterService(service, &ttrpc.ServiceDesc{
		Methods: map[string]ttrpc.Method{
			"Echo": unary(func(_ context.Context, in string) (string, error) { return in, nil }),
			"Fail": unary(func(context.Context, string) (string, error) { return "", status.Error(codes.NotFound, "not here") }),
			"Wait": unary(func(ctx context.Context, _ string) (string, error) { <-ctx.Done(); return "", ctx.Err() }),
			"Namespace": unary(func(ctx context.Context, _ string) (string, error) {
				value, _ := ttrpc.GetMetadataValue(ctx, "namespace")
				return value, nil
			}),
		},
		Streams: map[string]ttrpc.Stream{
			"Join": {StreamingClient: true, Handler: func(_ context.Context, stream ttrpc.StreamServer) (interface{}, error) {
				all := ""
				for {
					var in text.StringValue
					if err := stream.RecvMsg(&in); errors.Is(err, io.EOF) {
						return text.String(all), nil
					} else if err != nil {
						return nil, err
					}
					all += "<" + in.Value + ">"
				}
			}},
			"Split": {StreamingServer: true, Handler: func(_ context.Context, stream ttrpc.StreamServer) (interface{}, error) {
				var in text.StringValue
				if err := stream.RecvMsg(&in); err != nil {
					return nil, err
				}
				for _, word := range strings.Fields(in.Value) {
					if err := stream.SendMsg(text.String(word)); err != nil {
						return nil, err
					}
				}
				return nil, nil
			}},
			"Both": {StreamingClient: true, StreamingServer: true, Handler: func(_ context.Context, stream ttrpc.StreamServer) (interface{}, error) {
				for {
					var in text.StringValue
					if err := stream.RecvMsg(&in); errors.Is(err, io.EOF) {
						return nil, nil
					} else if err != nil {
						return nil, err
					}
					if err := stream.SendMsg(text.String(strings.ToUpper(in.Value))); err != nil {
						return nil, err
					}
				}
			}},
		},
	})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	fmt.Println("serving")
	if err := server.Serve(context.Background(), listener); !errors.Is(err, ttrpc.ErrServerClosed) {
		return err
	}
	return nil
}

func unary(handler func(context.Context, string) (string, error)) ttrpc.Method {
	return func(ctx context.Context, unmarshal func(interface{}) error) (interface{}, error) {
		var in text.StringValue
		if err := unmarshal(&in); err != nil {
			return nil, err
		}
		out, err := handler(ctx, in.Value)
		return text.String(out), err
	}
}

func call(socket string) error {
	connection, err := net.Dial("unix", socket)
	if err != nil {
		return err
	}
	client := ttrpc.NewClient(connection)
	defer client.Close()
	checks := map[string]func(*ttrpc.Client) error{
		"calls": calls, "failures": failures, "deadline": deadline, "metadata": metadata, "oversize": oversize,
		"join": join, "split": split, "both": both,
	}
	for name, check := range checks {
		if err := check(client); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	fmt.Println("passed")
	return nil
}

func say(client *ttrpc.Client, ctx context.Context, method, in string) (string, error) {
	var out text.StringValue
	err := client.Call(ctx, service, method, text.String(in), &out)
	return out.Value, err
}

func calls(client *ttrpc.Client) error {
	var group sync.WaitGroup
	failures := make(chan error, 200)
	for i := 0; i < cap(failures); i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			in := strings.Repeat(fmt.Sprint(i), i*100+1)
			if out, err := say(client, context.Background(), "Echo", in); err != nil || out != in {
				failures <- fmt.Errorf("%d bytes: %d came back: %w", len(in), len(out), err)
			}
		}()
	}
	group.Wait()
	close(failures)
	return <-failures
}

func failures(client *ttrpc.Client) error {
	_, err := say(client, context.Background(), "Fail", "")
	if status.Code(err) != codes.NotFound || status.Convert(err).Message() != "not here" {
		return fmt.Errorf("Fail: %w", err)
	}
	_, err = say(client, context.Background(), "Nothing", "")
	if status.Code(err) != codes.Unimplemented {
		return fmt.Errorf("Nothing: %w", err)
	}
	return nil
}

func deadline(client *ttrpc.Client) error {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := say(client, ctx, "Wait", ""); !errors.Is(err, context.DeadlineExceeded) && status.Code(err) != codes.DeadlineExceeded {
		return fmt.Errorf("Wait: %w", err)
	}
	return nil
}

func metadata(client *ttrpc.Client) error {
	ctx := ttrpc.WithMetadata(context.Background(), ttrpc.MD{"namespace": []string{"k8s.io"}})
	if out, err := say(client, ctx, "Namespace", ""); err != nil || out != "k8s.io" {
		return fmt.Errorf("%q: %w", out, err)
	}
	return nil
}

func oversize(client *ttrpc.Client) error {
	if _, err := say(client, context.Background(), "Echo", strings.Repeat("a", 5<<20)); status.Code(err) != codes.ResourceExhausted {
		return fmt.Errorf("5 MiB: %w", err)
	}
	in := strings.Repeat("a", 4<<20-1000)
	if out, err := say(client, context.Background(), "Echo", in); err != nil || out != in {
		return fmt.Errorf("nearly 4 MiB: %w", err)
	}
	return nil
}

func join(client *ttrpc.Client) error {
	stream, err := client.NewStream(context.Background(), &ttrpc.StreamDesc{StreamingClient: true}, service, "Join", nil)
	if err != nil {
		return err
	}
	for _, word := range []string{"a", "", "b"} {
		if err := stream.SendMsg(text.String(word)); err != nil {
			return err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	return expect(stream, "<a><><b>", false)
}

func split(client *ttrpc.Client) error {
	stream, err := client.NewStream(context.Background(), &ttrpc.StreamDesc{StreamingServer: true}, service, "Split", text.String("a b c"))
	if err != nil {
		return err
	}
	for _, word := range []string{"a", "b", "c"} {
		if err := expect(stream, word, false); err != nil {
			return err
		}
	}
	return expect(stream, "", true)
}

func both(client *ttrpc.Client) error {
	stream, err := client.NewStream(context.Background(), &ttrpc.StreamDesc{StreamingClient: true, StreamingServer: true}, service, "Both", nil)
	if err != nil {
		return err
	}
	for _, word := range []string{"a", "b"} {
		if err := stream.SendMsg(text.String(word)); err != nil {
			return err
		}
		if err := expect(stream, strings.ToUpper(word), false); err != nil {
			return err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	return expect(stream, "", true)
}

func expect(stream ttrpc.ClientStream, want string, end bool) error {
	var out text.StringValue
	err := stream.RecvMsg(&out)
	if end && errors.Is(err, io.EOF) {
		return nil
	}
	if end || err != nil || out.Value != want {
		return fmt.Errorf("%q instead of %q (the end: %t): %w", out.Value, want, end, err)
	}
	return nil
}
