/* Profiles that are made up: a program of a few functions, and names that do harm where they are not escaped. */
#pragma once

#include "memprof/analysis/sites.h"
#include "unit.h"

#define MADE_HOSTILE "a;b \"c\"\n</script><script>alert(1)</script>\x1b[31m\xff=1.py"

/* The innermost first: "file", "function", line for each. */
static inline void made_add(struct sites *s, const struct sites_frame *frames, size_t n_frames, struct sites_sum sum)
{
	uint32_t chain[128];

	for (size_t i = 0; i < n_frames; i++) {
		chain[i] = sites_frame(s, frames[i].file, frames[i].function, frames[i].line);
		assert_int_not_equal(chain[i], SITES_NONE);
	}
	assert_int_equal(sites_add(s, chain, n_frames, &sum), 0);
}
#define MADE_ADD(s, sum, ...)                                      \
	made_add((s), (const struct sites_frame[]){ __VA_ARGS__ }, \
		 ARRAY_SIZE(((const struct sites_frame[]){ __VA_ARGS__ })), sum)
#define MADE_MAIN                        \
	{                                \
		"main.py", "<module>", 3 \
	}

/* Samples of 512 bytes. */
static inline struct sites_sum made_sum(uint64_t n_samples, uint64_t n_alive)
{
	return (struct sites_sum){ n_samples, 512 * n_samples, 16 * n_samples, 512 * n_alive, 16 * n_alive };
}

/* main.py, which moved by so many lines in connect. */
static inline void made_program(struct sites *s, uint32_t moved)
{
	static const uint64_t sizes[SITES_N_SIZES] = { 0, 120, 640, 80, 0, 12, 0, 0, 3 };

	assert_int_equal(sites_init(s, SITES_HOOK, SITES_BYTES), 0);
	s->step_bytes = 512;
	s->requested_bytes = 52224;
	s->n_lost = 3;
	s->has_counts = s->has_alive = s->has_sizes = true;
	s->temporary_bytes = 40960;
	memcpy(s->sizes, sizes, sizeof(sizes));
	MADE_ADD(s, made_sum(40, 4), { "net.py", "connect", 14 + moved }, { "main.py", "run", 30 }, MADE_MAIN);
	MADE_ADD(s, made_sum(20, 0), { "net.py", "connect", 16 + moved }, { "main.py", "run", 30 }, MADE_MAIN);
	MADE_ADD(s, made_sum(10, 1), { "net.py", "connect", 14 + moved }, { "main.py", "retry", 41 }, MADE_MAIN);
	MADE_ADD(s, made_sum(8, 8), { "lib/json.py", "parse", 7 }, { "lib/json.py", "parse", 9 },
		 { "lib/json.py", "parse", 9 }, { "main.py", "run", 31 }, MADE_MAIN);
	MADE_ADD(s, made_sum(2, 0), { "main.py", "<module>", 3 });
	MADE_ADD(s, made_sum(4, 0), { "", "", 0 }, { "main.py", "run", 32 }, MADE_MAIN);
	assert_int_equal(sites_add(s, NULL, 0, &(struct sites_sum){ 1, 512, 16, 0, 0 }), 0);
	assert_int_equal(sites_end(s), 0);
}

static inline void made_hostile(struct sites *s)
{
	assert_int_equal(sites_init(s, SITES_SENTINEL, SITES_BYTES), 0);
	s->has_counts = true;
	MADE_ADD(s, made_sum(3, 0), { MADE_HOSTILE, "f;g\n\"<b>\xe2\x80\xae", 5 }, { "=cmd()", "@x", 1 });
	assert_int_equal(sites_end(s), 0);
}
