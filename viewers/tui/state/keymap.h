/* Keys: one table for each screen, from which its bottom line, its help and the choice are made. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/viewers/tui.h"
#include "tui/panels/table.h"

struct tui_profile;
/* What a key does on the screen of heaps, or of a profile. arg: which way, which panel, which line. */
typedef void tui_act(struct tui *t, int arg);
typedef void profile_act(struct tui_profile *p, int arg);

enum { KEYS_MAX = 4 }; /* that one row has */
struct key_row {
	union {
		tui_act *heap;
		profile_act *profile;
	} act;
	int arg;
	uint32_t keys[KEYS_MAX]; /* the first one is shown; 0 ends them */
	const char *summary;     /* for the help, at most 44 columns */
	const char *name;        /* for the bottom line: "Pause"; NULL: not there */
	const char *group;       /* of the help, where one begins */
	bool live;               /* only with a board */
};
extern const struct key_row key_rows[];
extern const size_t n_key_rows;

struct key_list {
	const struct key_row *rows;
	size_t n_rows;
	bool live; /* there is a board */
};
struct key_list tui_key_list(const struct tui *t);
const struct key_row *keys_find(const struct key_list *list, uint32_t key); /* NULL: none */
/* "F1", "PgUp", "Ctrl-L", "h": of a key that is in the table. */
enum { KEYS_NAME_BYTES = 12 };
void keys_name(uint32_t key, char ret[KEYS_NAME_BYTES]);
