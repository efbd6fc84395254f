"""Maps of GNU ld with as many symbols as are asked for."""


def text(n_symbols, n_objects):
    """A map with so many functions, in so many objects of 23 folders."""
    lines = ["Memory Configuration", "", "Name             Origin             Length             Attributes",
             "FLASH            0x08000000         0x04000000         xr", "*default*        0x00000000         0xffffffff", "",
             "Linker script and memory map", ""]
    rows, at = [], 0x08000000
    for i in range(n_symbols):
        size = 4 * (1 + i * 7919 % 211)
        rows.append(" .text.f%d\n                0x%08x %10s build/part%d/o%d.o\n                0x%08x                f%d"
                    % (i, at, hex(size), i % n_objects % 23, i % n_objects, at, i))
        at += size
    lines += [".text           0x08000000 %s" % hex(at - 0x08000000), " *(.text .text.*)", *rows, "", "OUTPUT(firmware.elf elf32-littlearm)", ""]
    return "\n".join(lines)
