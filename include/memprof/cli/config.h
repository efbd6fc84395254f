/* Defaults that a user keeps: $XDG_CONFIG_HOME/memprof/config, lines of KEY = VALUE. The command line wins over it. */
#ifndef MEMPROF_CONFIG_H
#define MEMPROF_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"

enum config_key { CONFIG_THEME, CONFIG_PANELS, N_CONFIG_KEYS };
enum { CONFIG_FILE_MAX_BYTES = 1 << 16, CONFIG_VALUE_MAX_BYTES = 64 };

struct config_spec {
	const char *name;
	const char *choices; /* "auto|dark"; the first is the default */
	const char *says;    /* at most 60 columns */
	bool is_list;        /* or several of them but the first, with commas */
};
extern const struct config_spec config_specs[N_CONFIG_KEYS];

struct config {
	char values[N_CONFIG_KEYS][CONFIG_VALUE_MAX_BYTES]; /* empty: not set */
	uint64_t lines[N_CONFIG_KEYS];                      /* where; from 1 */
};

/* One line of the file; the spans are in the text. */
enum config_line_kind { CONFIG_LINE_OTHER /* blank, or begins with # */, CONFIG_LINE_SETTING, CONFIG_LINE_BAD };
struct config_line {
	enum config_line_kind kind;
	const char *text, *key, *value;
	size_t n_text, n_key, n_value; /* n_text: with the newline, if there is one */
};
/* False: the text is at its end. */
bool config_next_line(const char **at, const char *end, struct config_line *ret);

bool config_find(const char *name, size_t n_name, enum config_key *ret);
/* False after a message. */
bool config_named(const char *name, enum config_key *ret);
bool config_accepts(enum config_key key, const char *value); /* false after a message */

/* The path of the file; -ENOENT if neither XDG_CONFIG_HOME nor HOME is an absolute path; -ENOMEM. */
int config_path(struct strbuf *ret);
/* The bytes of that file, which may not be there. -EINVAL after a message of this severity: it cannot be read, or is
 * too large. */
struct blob;
int config_read_file(const char *path, const char *severity, struct blob *ret);
/* Reads it. What cannot be used is warned of and left out; no file is fine. */
void config_read(struct config *ret);
/* The value of a key; "": not set. The file is read, and warned of, once. */
const char *config_default(enum config_key key);

/* The text of the file with key set to value, or without key if value is NULL; all other lines stay. False: there was
 * no such line to be removed. */
bool config_edit(const char *text, size_t n_bytes, enum config_key key, const char *value, struct strbuf *ret);

#endif
