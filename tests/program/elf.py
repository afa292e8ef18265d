"""What the tests of the finished program read from an ELF file. 64 bits, little-endian; standard library only."""

import dataclasses
import pathlib
import struct

PT_LOAD, PT_DYNAMIC, PT_NOTE = 1, 2, 4
PT_GNU_STACK, PT_GNU_RELRO = 0x6474E551, 0x6474E552
PF_EXECUTE, PF_WRITE = 1, 2
DT_NEEDED, DT_STRTAB, DT_SYMTAB, DT_RPATH, DT_BIND_NOW, DT_RUNPATH, DT_FLAGS = 1, 5, 6, 15, 24, 29, 30
DT_TEXTREL, DT_GNU_HASH, DT_FLAGS_1 = 22, 0x6FFFFEF5, 0x6FFFFFFB
DF_BIND_NOW, DF_1_NOW, DF_1_PIE = 8, 1, 0x08000000
NT_GNU_PROPERTY_TYPE_0, X86_FEATURE_1_AND = 5, 0xC0000002
IBT, SHSTK = 1, 2
SHT_DYNSYM = 11


@dataclasses.dataclass(frozen=True)
class Segment:
    kind: int
    flags: int
    offset: int
    address: int
    size: int


class Program:
    """An executable as the loader sees it."""

    def __init__(self, path):
        self.bytes = pathlib.Path(path).read_bytes()
        if self.bytes[:6] != b"\x7fELF\x02\x01":
            raise ValueError(f"{path} is no 64-bit little-endian ELF file")
        self.kind, = struct.unpack_from("<H", self.bytes, 16)
        table, self.sections_at = struct.unpack_from("<QQ", self.bytes, 32)
        size, count, self.section_size, self.section_count = struct.unpack_from("<HHHH", self.bytes, 54)
        self.segments = []
        for index in range(count):
            kind, flags, offset, address, _, in_file = struct.unpack_from("<IIQQQQ", self.bytes, table + index * size)
            self.segments.append(Segment(kind, flags, offset, address, in_file))
        self.dynamic = self._dynamic()

    def of_kind(self, kind):
        return [each for each in self.segments if each.kind == kind]

    def _at(self, address):
        """The place in the file of an address in memory."""
        for each in self.of_kind(PT_LOAD):
            if each.address <= address < each.address + each.size:
                return each.offset + address - each.address
        raise ValueError(f"no segment holds address {address:#x}")

    def _dynamic(self):
        entries = []
        for segment in self.of_kind(PT_DYNAMIC):
            entries += struct.iter_unpack("<qQ", self.bytes[segment.offset:segment.offset + segment.size])
        return entries

    def values(self, tag):
        return [value for each, value in self.dynamic if each == tag]

    def flag(self, tag, bit):
        return any(value & bit for value in self.values(tag))

    def text(self, offset):
        """A name of the dynamic string table."""
        start = self._at(self.values(DT_STRTAB)[0]) + offset
        return self.bytes[start:self.bytes.index(b"\0", start)].decode()

    @property
    def libraries(self):
        return [self.text(offset) for offset in self.values(DT_NEEDED)]

    @property
    def imports(self):
        """Names of dynamic symbols that others define."""
        names = set()
        for index in range(self.section_count):
            _, kind, _, _, offset, size, _, _, _, entry = struct.unpack_from(
                "<IIQQQQIIQQ", self.bytes, self.sections_at + index * self.section_size)
            if kind != SHT_DYNSYM:
                continue
            for at in range(offset, offset + size, entry):
                name, _, _, section = struct.unpack_from("<IBBH", self.bytes, at)
                if name and section == 0:
                    names.add(self.text(name))
        return names

    @property
    def x86_features(self):
        """The bits of IBT and SHSTK that the note .note.gnu.property carries; 0 without one."""
        features = 0
        for segment in self.of_kind(PT_NOTE):
            at, end = segment.offset, segment.offset + segment.size
            while at + 12 <= end:
                name_size, size, kind = struct.unpack_from("<III", self.bytes, at)
                name_end = at + 12 + (name_size + 3) // 4 * 4
                if kind == NT_GNU_PROPERTY_TYPE_0 and self.bytes[at + 12:at + 16] == b"GNU\0":
                    features |= self._features(name_end, name_end + size)
                    at = name_end + (size + 7) // 8 * 8
                else:
                    at = name_end + (size + 3) // 4 * 4
        return features

    def _features(self, at, end):
        while at + 8 <= end:
            kind, size = struct.unpack_from("<II", self.bytes, at)
            if kind == X86_FEATURE_1_AND:
                return struct.unpack_from("<I", self.bytes, at + 8)[0]
            at += 8 + (size + 7) // 8 * 8
        return 0
