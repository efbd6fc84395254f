/* Samples of the allocations of a program, each with the lines of the program that it was made in (extra/sites.c). On
 * average one is taken for each `step` bytes that are requested, at distances drawn at random, so that a request of n
 * bytes is sampled with a probability of 1 - exp(-n / step), whatever was requested before it. A sample has with it how
 * many bytes were requested so far in sizes like its own, by which the host corrects for chance.
 *
 * All memory is in one struct of the port's. It is not for two threads at the same time, but for memprof_sites_counts.
 */
#ifndef MEMPROF_AGENT_SITES_H
#define MEMPROF_AGENT_SITES_H

#include "memprof/agent.h"
#include "memprof/memprof_config.h"

enum { MEMPROF_SITES_STEP_MAX = 1 << 19, MEMPROF_SITES_CLASSES = WIRE_SITE_CLASSES };

/* Names are numbers of interned strings. 0: not known. */
struct memprof_site_frame {
	uint16_t file, function, line;
};

struct memprof_sample {
	uintptr_t address, n_bytes;
	uint32_t step, class_bytes;
	uint16_t number;
	uint8_t flags;                                          /* enum wire_site_flag, and the number of frames */
	struct memprof_site_frame frames[MEMPROF_SITES_FRAMES]; /* the innermost first */
};

/* A block that a sample is of. */
struct memprof_followed {
	uintptr_t address; /* 0: the entry is free; or enum wire_site_gone, which is to be sent */
	uint16_t number;   /* of the sample */
};

/* All zero: off, from the first request on. */
struct memprof_sites {
	uint32_t step; /* 0: off */
	uint32_t random;
	volatile uintptr_t left;  /* bytes that go by before the next sample */
	uint32_t n_lost;          /* since it was started */
	uint16_t number;          /* of the next sample */
	uint8_t first, n_waiting; /* samples that wait to be sent, in a ring */
	bool has_gone;            /* some of followed[] are to be reported */
	uint16_t keep_ms;         /* for a host, until so long after it was heard; 0: for the program, or off */
	uint32_t heard_ms;
	uint32_t class_bytes[MEMPROF_SITES_CLASSES]; /* requested while it was on, by size; wraps */
	struct memprof_sample samples[MEMPROF_SITES_WAITING];
#if MEMPROF_SITES_FOLLOWED
	struct memprof_followed followed[MEMPROF_SITES_FOLLOWED];
#endif
};

/* For the program. step: 0 stops; at most MEMPROF_SITES_STEP_MAX. Samples that were taken before stay; those that were
 * lost before are forgotten, unless it was on. */
void memprof_sites_start(struct memprof_sites *sites, uint32_t step, uint32_t seed);

/* Sizes up to 28 bytes in steps of 4, then four for each doubling, and all from 1789 bytes on. */
uint32_t memprof_sites_class(uintptr_t n_bytes);

/* While it is on, for each request that did not fail, of the thread that samples are taken of. */
static inline void memprof_sites_add(struct memprof_sites *sites, uintptr_t n_bytes)
{
	sites->class_bytes[memprof_sites_class(n_bytes)] += (uint32_t)n_bytes;
}

/* For each request, after memprof_sites_add. True: it is to be sampled. From any thread. */
static inline bool memprof_sites_counts(struct memprof_sites *sites, uintptr_t n_bytes)
{
	uintptr_t left = sites->left;

	if (n_bytes > left)
		return true;
	sites->left = left - n_bytes;
	return false;
}

/* Then: the sample that is to be made of it, with its frames and flags; NULL: none is, as the request has failed
 * (address 0), or there is no room, and it is lost. */
struct memprof_sample *memprof_sites_begin(struct memprof_sites *sites, uintptr_t address, uintptr_t n_bytes);
void memprof_sites_end(struct memprof_sites *sites, struct memprof_sample *sample);
/* Half of the room is used: it should be sent soon. */
static inline bool memprof_sites_is_urgent(const struct memprof_sites *sites)
{
	return sites->n_waiting > MEMPROF_SITES_WAITING / 2;
}

/* For the host, answered by SITES: samples for keep_ms, unless it asks again; step 0: none, but what becomes of blocks
 * is still reported; keep_ms 0: nothing more, and all is forgotten. While the program samples, nothing changes. */
void memprof_sites_ask(struct memprof_agent *agent, struct memprof_sites *sites, uint32_t step, uint32_t keep_ms);

#if MEMPROF_SITES_FOLLOWED
/* A block was moved by a realloc; to 0: it was freed. From 0: there was none. */
void memprof_sites_moved(struct memprof_sites *sites, uintptr_t from, uintptr_t to);
/* After a collection. */
void memprof_sites_collected(struct memprof_sites *sites, bool (*is_alive)(uintptr_t address));
#endif

/* Sends what waits, where other events are sent. What the channel does not take waits on. If the host was not heard
 * for too long, it ends what that has asked for. */
void memprof_send_sites(struct memprof_agent *agent, struct memprof_sites *sites);

#endif
