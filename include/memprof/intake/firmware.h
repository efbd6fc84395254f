/* The ELF of a firmware whose memory is read: where its RAM is, and which heaps of C it has. */
#pragma once

#include "memprof/allocators/c_heaps.h"
#include "memprof/input/build_inputs.h"

struct firmware {
	struct input_image elf;
	struct image_types *types;
	bool has_python; /* it may be MicroPython */
	bool has_heaps;  /* there are heaps of C in it that are known */
};
/* elf: NULL: then all-zero. 0, or an error with diag. */
int firmware_read(const char *elf, struct firmware *ret, struct diag *diag);
bool firmware_may_be_python(const struct firmware *f);
void firmware_deinit(struct firmware *f); /* safe twice, and on all-zero */
/* Adds its heaps and tasks, of memory where it lies so much further than the ELF has it; has_python: its heap was read.
 * As c_heaps_read; -ENOENT, with diag, where there is none at all. */
int firmware_heaps(const struct firmware *f, struct memory_reader *r, uint64_t moved_by, bool has_python,
		   struct heap *heap, struct diag *diag);
