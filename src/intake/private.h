/* What the kinds of names have. */
#pragma once

#include "memprof/image/memory.h"
#include "memprof/intake/bytes.h"
#include "memprof/intake/kinds.h"

typedef int objects_reader(const struct objects_spec *spec, struct objects_reading *ret, struct diag *diag);
typedef int bytes_reader(struct intake_bytes *b, struct diag *diag);
struct intake_reader {
	objects_reader *objects; /* as intake_objects */
	bytes_reader *bytes;     /* as intake_bytes */
};
extern const struct intake_reader intake_readers[]; /* by enum intake_kind */
objects_reader file_objects, board_objects, target_objects;
bytes_reader file_bytes, board_bytes, target_bytes;

/* Reads objects through source, and keeps what it reads. begun_us: when that began; 0: it costs no board anything. As
 * objects_read. */
int objects_of_reader(struct memory_reader *source, const struct interpreter_ids *ids, uint64_t begun_us,
		      struct objects_reading *ret, struct diag *diag);

/* ---- bytes ---- */

/* The ELF among the names; NULL. */
const struct input_image *bytes_elf(const struct intake_bytes *b);
/* How many of the settled bytes differ from those that this ELF's build stores at the same place and never changes, of
 * how many that both have; 0 of 0 without an ELF. 0, or an error with diag. */
int bytes_compare(const struct intake_bytes *b, uint64_t *ret_n_differ, uint64_t *ret_n_both, struct diag *diag);
/* A warning if that ELF is of another build. As bytes_compare. */
int bytes_warn_of_build(const struct intake_bytes *b, struct diag *diag);
/* Whether the address is a number, or a name that something has. */
bool bytes_know_name(const struct intake_bytes *b);
/* start and n_bytes, with all names that there are. 0; -ENOENT with diag. */
int bytes_resolve(struct intake_bytes *b, struct diag *diag);
/* The same, of a live board: -E2BIG, with diag, for more than may be read of one at a time. */
int bytes_resolve_live(struct intake_bytes *b, struct diag *diag);
/* Forgets the names of a program that was given another place when it was started than its ELF says. */
void bytes_drop_relocated(struct intake_bytes *b);
/* Why bytes of a live board are not read. */
extern const char bytes_not_known[];

/* ---- file ---- */

/* As objects_of_reader, or what is wrong with the file. */
int objects_of_core(const struct blob *blob, const char *elf, struct objects_reading *ret, struct diag *diag);
int objects_of_images(const struct objects_spec *spec, struct objects_reading *ret, struct diag *diag);
struct memory_reader memory_image_reader(struct memory *memory, unsigned word_bytes);
