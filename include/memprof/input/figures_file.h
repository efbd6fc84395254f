/* Patterns of lines that known firmwares print, by name: memprof's data file layouts/figures.json. */
#pragma once

#include "memprof/base/json_read.h"
#include "memprof/base/vec.h"
#include "memprof/protocol/figures.h"

struct figures_entry {
	const char *name, *title; /* "esphome", "ESPHome's debug component" */
	enum pool_kind kind;
	const struct json_value *patterns; /* texts */
};

/* All-zero is none. */
struct figures_file {
	VEC(struct figures_entry, entries);
	struct json_document *document; /* has the texts */
};

/* 0, or negative with what is wrong where; *ret is to be deinitialised in any case. */
int figures_file_read(struct figures_file *ret, struct diag *diag);
/* The same of a text. */
int figures_file_parse(struct figures_file *ret, const char *text, size_t n_bytes, const char *name, struct diag *diag);
void figures_file_deinit(struct figures_file *file); /* safe twice */

/* Adds all patterns of an entry. As figures_add. */
int figures_entry_use(const struct figures_entry *entry, struct figures *figures, struct diag *diag);
