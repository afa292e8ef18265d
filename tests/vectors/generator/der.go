package main

import (
	"bytes"
	"math/big"
	"sort"
	"strconv"
	"strings"
	"time"
)

// A writer of DER that writes what it is told, valid or not.

func tlv(tag byte, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	return append(append([]byte{tag}, derLength(len(content))...), content...)
}

func derLength(n int) []byte {
	if n < 0x80 {
		return []byte{byte(n)}
	}
	octets := big.NewInt(int64(n)).Bytes()
	return append([]byte{0x80 | byte(len(octets))}, octets...)
}

func seq(parts ...[]byte) []byte { return tlv(0x30, parts...) }
func set(parts ...[]byte) []byte { return tlv(0x31, parts...) }

// sortedSet is a SET OF in the order that DER asks for.
func sortedSet(parts ...[]byte) []byte {
	sorted := append([][]byte(nil), parts...)
	sort.Slice(sorted, func(i, j int) bool { return bytes.Compare(sorted[i], sorted[j]) < 0 })
	return set(sorted...)
}

func explicit(n byte, parts ...[]byte) []byte { return tlv(0xa0|n, parts...) }
func octets(content []byte) []byte            { return tlv(0x04, content) }
func bitString(content []byte) []byte         { return tlv(0x03, []byte{0}, content) }
func null() []byte                            { return []byte{0x05, 0x00} }
func text(tag byte, s string) []byte          { return tlv(tag, []byte(s)) }

const (
	utf8String      = 0x0c
	printableString = 0x13
	ia5String       = 0x16
)

func boolean(value bool) []byte {
	if value {
		return []byte{0x01, 0x01, 0xff}
	}
	return []byte{0x01, 0x01, 0x00}
}

func integer(value int64) []byte { return bigInteger(big.NewInt(value)) }

func bigInteger(value *big.Int) []byte {
	if value.Sign() >= 0 {
		content := value.Bytes()
		if len(content) == 0 || content[0]&0x80 != 0 {
			content = append([]byte{0}, content...)
		}
		return tlv(0x02, content)
	}
	size := len(new(big.Int).Not(value).Bytes())
	if size == 0 || new(big.Int).Not(value).BitLen()%8 == 0 {
		size++
	}
	modulus := new(big.Int).Lsh(big.NewInt(1), uint(8*size))
	return tlv(0x02, new(big.Int).Add(modulus, value).FillBytes(make([]byte, size)))
}

func oid(dotted string) []byte {
	var numbers []uint64
	for _, part := range strings.Split(dotted, ".") {
		number, err := strconv.ParseUint(part, 10, 63)
		must(err)
		numbers = append(numbers, number)
	}
	numbers = append([]uint64{40*numbers[0] + numbers[1]}, numbers[2:]...)
	var content []byte
	for _, number := range numbers {
		group := []byte{byte(number & 0x7f)}
		for number >>= 7; number > 0; number >>= 7 {
			group = append([]byte{0x80 | byte(number&0x7f)}, group...)
		}
		content = append(content, group...)
	}
	return tlv(0x06, content)
}

// asn1Time is how RFC 5280 writes a time of a certificate.
func asn1Time(when time.Time) []byte {
	if year := when.UTC().Year(); year >= 1950 && year < 2050 {
		return text(0x17, when.UTC().Format("060102150405Z"))
	}
	return generalizedTime(when.UTC().Format("20060102150405Z"))
}

func generalizedTime(s string) []byte { return text(0x18, s) }
