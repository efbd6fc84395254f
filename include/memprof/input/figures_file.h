/* Patterns of lines that known firmwares print, by name: memprof's data file layouts/figures.json. */
#pragma once

#include "memprof/protocol/figures.h"

struct figures_file;

struct figures_entry {
	const char *name, *title; /* "esphome", "ESPHome's debug component" */
	enum pool_kind kind;
	size_t n_patterns;
	const char *const *patterns;
};

/* 0, or negative with what is wrong where. */
int figures_file_read(struct figures_file **ret, struct diag *diag);
/* The same of a text. name is for messages, and must outlive the file. */
int figures_file_parse(const char *text, size_t n_bytes, const char *name, struct figures_file **ret,
		       struct diag *diag);
void figures_file_free(struct figures_file *file); /* NULL is fine */

size_t figures_file_n(const struct figures_file *file);
const struct figures_entry *figures_file_entry(const struct figures_file *file, size_t i);
const struct figures_entry *figures_file_find(const struct figures_file *file, const char *name); /* NULL */
/* Adds all patterns of an entry. As figures_add. */
int figures_entry_use(const struct figures_entry *entry, struct figures *figures, struct diag *diag);
