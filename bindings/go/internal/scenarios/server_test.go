package scenarios

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// A server speaks HTTP/1.1 on loopback, one request for each connection, and misbehaves on command.
type server struct {
	origin   string
	answer   func(received) scripted
	listener net.Listener

	lock     sync.Mutex
	requests []received
	held     map[net.Conn]func()
}

// received is a request.
type received struct {
	path   string
	header http.Header
	body   string
}

// scripted is an answer.
type scripted struct {
	status  int
	headers map[string]string
	body    []byte
	fault   string
	hold    bool
}

func newServer(answer func(*server, received) scripted) *server {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	s := &server{origin: "http://" + listener.Addr().String(), listener: listener, held: map[net.Conn]func(){}}
	s.answer = func(request received) scripted { return answer(s, request) }
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go s.connected(connection)
		}
	}()
	return s
}

func (s *server) close() {
	_ = s.listener.Close()
	s.release()
}

func (s *server) heldCount() int {
	s.lock.Lock()
	defer s.lock.Unlock()
	return len(s.held)
}

func (s *server) seen() []received {
	s.lock.Lock()
	defer s.lock.Unlock()
	return append([]received(nil), s.requests...)
}

func (s *server) release() {
	s.lock.Lock()
	held := s.held
	s.held = map[net.Conn]func(){}
	s.lock.Unlock()
	for _, send := range held {
		go send()
	}
}

func (s *server) connected(connection net.Conn) {
	reader := bufio.NewReader(connection)
	read, err := http.ReadRequest(reader)
	if err != nil {
		_ = connection.Close()
		return
	}
	body, err := io.ReadAll(read.Body)
	if err != nil {
		_ = connection.Close()
		return
	}
	request := received{read.URL.Path, read.Header, string(body)}
	answer := s.answer(request)
	if answer.fault == "refuse" {
		_ = connection.Close()
		return
	}
	s.lock.Lock()
	s.requests = append(s.requests, request)
	if answer.hold {
		s.held[connection] = func() { answer.send(connection) }
		s.lock.Unlock()
		// A client that goes away no longer waits.
		_, _ = reader.ReadByte()
		s.lock.Lock()
		delete(s.held, connection)
		s.lock.Unlock()
		return
	}
	s.lock.Unlock()
	answer.send(connection)
}

func (a scripted) send(connection net.Conn) {
	head := fmt.Sprintf("HTTP/1.1 %d Scripted\r\nConnection: close\r\n", a.status)
	for name, value := range a.headers {
		head += name + ": " + value + "\r\n"
	}
	defer func() { _ = connection.Close() }()
	switch a.fault {
	case "silence":
		_, _ = connection.Read(make([]byte, 1))
	case "reset":
	case "endless":
		_, _ = io.WriteString(connection, head+"Transfer-Encoding: chunked\r\n\r\n")
		chunk := "2000\r\n" + strings.Repeat(" ", 0x2000) + "\r\n"
		for {
			_ = connection.SetWriteDeadline(time.Now().Add(20 * time.Second))
			if _, err := io.WriteString(connection, chunk); err != nil {
				return
			}
		}
	case "", "half":
		body := a.body
		// RFC 9110 §8.6: these have no body and no Content-Length.
		if a.status == 204 || a.status == 304 {
			body = nil
		} else {
			head += fmt.Sprintf("Content-Length: %d\r\n", len(body))
		}
		if a.fault == "half" {
			body = body[:len(body)/2]
		}
		_, _ = io.WriteString(connection, head+"\r\n"+string(body))
		if tcp, isTCP := connection.(*net.TCPConn); isTCP {
			_ = tcp.CloseWrite()
			_, _ = io.Copy(io.Discard, connection)
		}
	default:
		panic("unknown fault " + a.fault)
	}
}
