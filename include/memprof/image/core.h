/* An ELF core file: memory of a process as Linux, GDB's gcore or ESP-IDF write it, or of a machine by QEMU's
 * dump-guest-memory. All data come from the file; no I/O. */
#pragma once

#include "memprof/base/diag.h"
#include "memprof/image/memory.h"

enum { CORE_REGISTERS_MAX = 64 };

struct core_range {
	uint64_t start, n_bytes;
};

struct core {
	unsigned word_bytes;
	uint16_t machine;                       /* e_machine */
	struct memory memory;                   /* borrows from the files; finalize it before it is read */
	VEC(struct core_range, writable);       /* of it, by address, disjoint; all of it if the file does not tell */
	uint64_t n_cut_bytes;                   /* of segments, behind the end of the file */
	uint64_t entry;                         /* address at which the program began; NOT_KNOWN */
	uint64_t registers[CORE_REGISTERS_MAX]; /* of the first thread or processor */
	size_t n_registers;                     /* 0: of a processor that is not known here */
	size_t i_stack_pointer;                 /* of them */
};

bool core_is_elf(const char *bytes, size_t n_bytes);

/* 0; -EINVAL: an ELF that is no core file, or damaged; -ENOTSUP; -ENOMEM: with diag. Call core_deinit in any case. */
int core_read(struct core *ret, const char *bytes, size_t n_bytes, struct diag *diag);

/* Adds what the program that it is of does not write to, where it was placed. As core_read. */
int core_add_program(struct core *core, const char *bytes, size_t n_bytes, struct diag *diag);

void core_deinit(struct core *core); /* safe twice, and on all-zero */
