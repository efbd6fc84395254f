/* Defaults that a user keeps: $XDG_CONFIG_HOME/memprof/config, lines of KEY = VALUE. The command line wins over it. */
#pragma once

#include <stddef.h>

enum config_key { CONFIG_THEME, CONFIG_PANELS, N_CONFIG_KEYS };
enum { CONFIG_FILE_MAX_BYTES = 1 << 16, CONFIG_VALUE_MAX_BYTES = 64 };

struct config {
	char values[N_CONFIG_KEYS][CONFIG_VALUE_MAX_BYTES]; /* empty: not set */
};

/* Takes the settings of a file. What cannot be used is warned of, and left out; of several lines the last one counts.
 */
void config_read_lines(struct config *c, const char *path, const char *bytes, size_t n_bytes);
/* Reads the file; none is fine. */
void config_read(struct config *ret);
/* The value of a key; "": not set. The file is read, and warned of, once. */
const char *config_default(enum config_key key);
