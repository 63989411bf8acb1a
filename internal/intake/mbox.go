package intake

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// mbox: messages one after the other, each after a line that begins with "From ".

const maxMessage = 64 << 20 // bytes

func sniffMbox(h *head) bool {
	line, rest, ok := bytes.Cut(h.text, []byte("\n"))
	return ok && bytes.HasPrefix(line, []byte("From ")) && sniffMail(&head{text: rest})
}

func readMbox(f *file) error {
	in := bufio.NewReaderSize(f, 64<<10)
	var message []byte
	number, blank, tooLong := 0, true, false
	flush := func() error {
		defer func() { message, tooLong = message[:0], false }()
		if tooLong {
			f.lose(number, "a message longer than 64 MiB", "")
			return nil
		}
		if number == 0 {
			return nil
		}
		return (&mailReader{file: f}).message(bytes.NewReader(bytes.Clone(message)), "", 0)
	}
	for {
		line, err := in.ReadSlice('\n')
		starts := blank && bytes.HasPrefix(line, []byte("From "))
		if starts {
			if err := flush(); err != nil {
				return err
			}
			number++
			f.count("messages", 1)
		} else if len(message) < maxMessage {
			message = append(message, bytes.TrimPrefix(line, escapedFrom(line))...)
		} else {
			tooLong = true
		}
		blank = len(bytes.TrimSpace(line)) == 0
		if errors.Is(err, io.EOF) {
			return flush()
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return errors.Join(err, flush())
		}
	}
}

// escapedFrom is the mark that writers put before a line of text that begins with "From ".
func escapedFrom(line []byte) []byte {
	if bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) && line[0] == '>' {
		return []byte(">")
	}
	return nil
}
