/* Files under tests/data. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sample {
	char name[256]; /* "dumps/rp2-1.25.0-fresh.txt" */
	uint8_t *bytes;
	size_t n_bytes;
};

/* Reads tests/data/NAME; fails the test if it cannot. */
void sample_read(const char *name, struct sample *ret);
/* Reads ../shared/data/NAME, foreign data beside the project. False, and said, where it is not there. */
bool sample_read_shared(const char *name, struct sample *ret);
void sample_free(struct sample *sample);

/* Calls visit for every invented log there is (data/synthetic), or every dump of a real board
 * (data/dumps), in order of name; fails the test if there are none. */
void sample_each_synthetic(void (*visit)(const struct sample *sample));
void sample_each_dump(void (*visit)(const struct sample *sample));
