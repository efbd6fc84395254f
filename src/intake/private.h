/* What the kinds of names have. */
#ifndef MEMPROF_INTAKE_PRIVATE_H
#define MEMPROF_INTAKE_PRIVATE_H

#include "memprof/image/memory.h"
#include "memprof/intake/kinds.h"
#include "memprof/intake/objects.h"

typedef int objects_reader(const struct objects_spec *spec, struct objects_reading *ret, struct diag *diag);
struct intake_reader {
	objects_reader *objects; /* as intake_objects */
};
extern const struct intake_reader intake_readers[]; /* by enum intake_kind */
objects_reader file_objects, board_objects, target_objects;

/* Reads objects through source, and keeps what it reads. begun_us: when that began; 0: it costs no board anything. As
 * objects_read. */
int objects_of_reader(struct memory_reader *source, const struct interpreter_ids *ids, uint64_t begun_us,
		      struct objects_reading *ret, struct diag *diag);

/* ---- file ---- */

/* As objects_of_reader, or what is wrong with the file. */
int objects_of_core(const struct blob *blob, const char *elf, struct objects_reading *ret, struct diag *diag);
int objects_of_images(const struct objects_spec *spec, struct objects_reading *ret, struct diag *diag);
struct memory_reader memory_image_reader(struct memory *memory, unsigned word_bytes);

#endif
