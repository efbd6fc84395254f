/* --memory FILE: what was read of a heap. */
#pragma once

#include "memprof/cli/output.h"
#include "memprof/objects/memory_file.h"

/* 0; -EINVAL after a message: the file of --memory is that of -o, too. */
int memory_option_check(const char *memory, const struct output_args *output);
/* Writes the file of --memory, if it is not NULL. The exit code. */
int memory_option_write(const char *memory, const struct options *options, const struct output_args *output,
			struct memory_file *file);
