/* Functions of an ELF while their frames and calls are read. */
#pragma once

#include "elf/dwarf.h"

/* ---- elf/frames.c ---- */

/* frame_bytes and grows, by .debug_frame and .eh_frame. */
void elf_frames_read(struct elf_dwarf *d);

/* ---- elf/calls.c ---- */

/* What each calls, by the call sites in DWARF. 0 or -ENOMEM. */
int elf_calls_read(struct elf_dwarf *d);
