package main

import (
	"bytes"
	"encoding/binary"
	"math"
)

// A writer of CBOR that writes what it is told, valid or not.

func cborHead(major byte, n uint64) []byte {
	switch {
	case n < 24:
		return []byte{major<<5 | byte(n)}
	case n < 1<<8:
		return []byte{major<<5 | 24, byte(n)}
	case n < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{major<<5 | 25}, uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32([]byte{major<<5 | 26}, uint32(n))
	}
	return binary.BigEndian.AppendUint64([]byte{major<<5 | 27}, n)
}

func cInt(n int64) []byte {
	if n < 0 {
		return cborHead(1, uint64(-1-n))
	}
	return cborHead(0, uint64(n))
}

func cBytes(content []byte) []byte { return append(cborHead(2, uint64(len(content))), content...) }
func cText(s string) []byte        { return append(cborHead(3, uint64(len(s))), s...) }
func cTag(n uint64, value []byte) []byte {
	return append(cborHead(6, n), value...)
}

func cArray(items ...[]byte) []byte {
	return append(cborHead(4, uint64(len(items))), bytes.Join(items, nil)...)
}

func cDouble(value float64) []byte {
	return binary.BigEndian.AppendUint64([]byte{0xfb}, math.Float64bits(value))
}

var (
	cNull      = []byte{0xf6}
	cUndefined = []byte{0xf7}
	cTrue      = []byte{0xf5}
)

// Pair is an entry of a map: label and value, both encoded.
type Pair struct{ label, value []byte }

// Pairs keep their order, and may repeat a label.
type Pairs []Pair

func (p Pairs) encode() []byte {
	out := cborHead(5, uint64(len(p)))
	for _, each := range p {
		out = append(append(out, each.label...), each.value...)
	}
	return out
}

// put replaces the value of a label, or adds it.
func (p *Pairs) put(label, value []byte) {
	for i := range *p {
		if bytes.Equal((*p)[i].label, label) {
			(*p)[i].value = value
			return
		}
	}
	p.add(label, value)
}

// add adds it, even if the label is there.
func (p *Pairs) add(label, value []byte) { *p = append(*p, Pair{label, value}) }

func (p *Pairs) remove(label []byte) {
	var kept Pairs
	for _, each := range *p {
		if !bytes.Equal(each.label, label) {
			kept = append(kept, each)
		}
	}
	*p = kept
}
