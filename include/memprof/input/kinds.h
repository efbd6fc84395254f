/* What a file is that a user names, by its name and its first bytes. */
#pragma once

#include <stddef.h>

#include "memprof/base/diag.h"

enum input_kind {
	INPUT_LOG, /* what a board printed or sent, and what is nothing else */
	INPUT_RECORDING,
	INPUT_MEMORY, /* of memprof objects --memory */
	INPUT_CORE,
	INPUT_MAP, /* or the output of a link or of size that stands for one */
	INPUT_ELF,
	INPUT_SCRIPT, /* of a linker */
	INPUT_PARTITIONS,
	INPUT_BOARD_FILE,
	INPUT_FIRMWARE, /* .bin or .uf2, as it is flashed */
	INPUT_PROFILE,  /* of memprof sites */
	INPUT_BUDGET,
	INPUT_PROGRAM, /* of Python */
	N_INPUT_KINDS
};
const char *input_kind_name(enum input_kind kind); /* "a linker map" */

/* By INPUT_HEAD_BYTES, or all that there are. */
enum { INPUT_HEAD_BYTES = 64 * 1024 };
enum input_kind input_kind_of(const char *name, const char *head, size_t n_bytes);

/* The same of a file or a pipe, which is kept (input_fd.h); FILE@CHOICE is of a recording. 0, or negative errno with
 * diag. */
int input_kind_read(const char *name, enum input_kind *ret, struct diag *diag);
