/* Samples of allocations: when to take one, where they wait, and what became of their blocks. */
#include "memprof/sites.h"

#include <string.h>

#include "memprof/frame.h"

#if MEMPROF_SITES_WAITING & (MEMPROF_SITES_WAITING - 1) || MEMPROF_SITES_WAITING < 2 || MEMPROF_SITES_WAITING > 128
#error "MEMPROF_SITES_WAITING must be a power of two from 2 to 128"
#endif
#if MEMPROF_SITES_FRAMES < 1 || MEMPROF_SITES_FRAMES > 8
#error "MEMPROF_SITES_FRAMES must be from 1 to 8: more do not fit into a frame of the wire"
#endif
#if MEMPROF_SITES_FOLLOWED && (MEMPROF_SITES_FOLLOWED & (MEMPROF_SITES_FOLLOWED - 1) || MEMPROF_SITES_FOLLOWED < 8 || \
			       MEMPROF_SITES_FOLLOWED > 32768)
#error "MEMPROF_SITES_FOLLOWED must be 0, or a power of two from 8 to 32768"
#endif

/* ---- a sample ---- */

/* The distances are -ln(random) * step, in fixed point: log2 is the place of the first bit and, of the 12 bits behind
 * it, f + f * (1 - f) * (0.4427 - 0.1640 * f), which has the right slope at both ends, as the chance of a small request
 * is the slope. 2839 / 4096 is ln 2; with 8 bits of fraction, step may have 19. */
static uintptr_t draw(struct memprof_sites *sites)
{
	uint32_t random = sites->random, log2 = 4096, f;

	if (!sites->step)
		return UINTPTR_MAX;
	random ^= random << 13; /* Marsaglia's xorshift32: never 0 */
	random ^= random >> 17;
	random ^= random << 5;
	sites->random = random;
	if (sites->step == 1) /* each of them */
		return 0;
	for (; !(random >> 31); random <<= 1)
		log2 += 4096;
	f = random >> 19 & 4095;
	log2 -= f + ((f * (4096 - f) >> 12) * (1813 - (672 * f >> 12)) >> 12);
	return sites->step * (log2 * 2839 >> 16) >> 8;
}

uint32_t memprof_sites_class(uintptr_t n_bytes)
{
	uint32_t at = 0, in_words = (uint32_t)((n_bytes + 3) / 4);

	for (; in_words > 7; in_words >>= 1)
		at += 4;
	at += in_words;
	return at < MEMPROF_SITES_CLASSES ? at : MEMPROF_SITES_CLASSES - 1;
}

void memprof_sites_start(struct memprof_sites *sites, uint32_t step, uint32_t seed)
{
	if (!sites->step && step) /* what was lost until it was stopped may be to be sent yet */
		sites->n_lost = 0;
	sites->keep_ms = 0;
	sites->step = step;
	sites->random = seed * 2654435761u | 1; /* small seeds have few bits */
	sites->left = draw(sites);
}

struct memprof_sample *memprof_sites_begin(struct memprof_sites *sites, uintptr_t address, uintptr_t n_bytes)
{
	struct memprof_sample *sample =
		&sites->samples[(uint32_t)(sites->first + sites->n_waiting) % MEMPROF_SITES_WAITING];

	sites->left = draw(sites);
	if (!sites->step || !address)
		return NULL;
	if (sites->n_waiting == MEMPROF_SITES_WAITING) {
		sites->n_lost++;
		return NULL;
	}
	sample->address = address;
	sample->n_bytes = n_bytes;
	sample->step = sites->step;
	sample->class_bytes = sites->class_bytes[memprof_sites_class(n_bytes)];
	return sample;
}

/* ---- what became of their blocks ---- */

#if MEMPROF_SITES_FOLLOWED

enum { SET = 8 }; /* entries of followed[] in which an address may be */

/* The entry that has this value, of those in which the address may be. */
static struct memprof_followed *find(struct memprof_sites *sites, uintptr_t address, uintptr_t value)
{
	struct memprof_followed *entry = sites->followed + address / 64 % (MEMPROF_SITES_FOLLOWED / SET) * SET;

	for (uint32_t i = SET; i--; entry++)
		if (entry->address == value)
			return entry;
	return NULL;
}

static bool follow(struct memprof_sites *sites, uintptr_t address, uint16_t number)
{
	struct memprof_followed *entry = find(sites, address, 0);

	if (!entry)
		return false;
	entry->address = address;
	entry->number = number;
	return true;
}

void memprof_sites_moved(struct memprof_sites *sites, uintptr_t from, uintptr_t to)
{
	struct memprof_followed *entry;

	while (from && (entry = find(sites, from, from))) {
		sites->has_gone = true;
		entry->address = WIRE_SITE_FREED;
		if (to)
			entry->address = follow(sites, to, entry->number) ? 0 : WIRE_SITE_LEFT;
	}
}

void memprof_sites_collected(struct memprof_sites *sites, bool (*is_alive)(uintptr_t address))
{
	for (struct memprof_followed *at = sites->followed; at < sites->followed + MEMPROF_SITES_FOLLOWED; at++)
		if (at->address > WIRE_SITE_LEFT && !is_alive(at->address)) {
			at->address = WIRE_SITE_FREED;
			sites->has_gone = true;
		}
}

#else

static bool follow(struct memprof_sites *sites, uintptr_t address, uint16_t number)
{
	(void)sites;
	(void)address;
	(void)number;
	return false;
}

#endif

void memprof_sites_end(struct memprof_sites *sites, struct memprof_sample *sample)
{
	sample->number = sites->number++;
	if (!follow(sites, sample->address, sample->number))
		sample->flags |= WIRE_SITE_NOT_FOLLOWED;
	sites->n_waiting++;
}

/* ---- what the host asks for ---- */

static void keep(struct memprof_sites *sites, uint32_t step, uint32_t keep_ms, uint32_t now_ms, uint32_t seed)
{
	if (sites->step != step)
		memprof_sites_start(sites, step, seed);
	sites->keep_ms = (uint16_t)keep_ms;
	sites->heard_ms = now_ms;
	if (keep_ms)
		return;
	sites->n_waiting = 0;
	sites->has_gone = false;
#if MEMPROF_SITES_FOLLOWED
	memset(sites->followed, 0, sizeof(sites->followed));
#endif
}

void memprof_sites_ask(struct memprof_agent *agent, struct memprof_sites *sites, uint32_t step, uint32_t keep_ms)
{
	if (keep_ms > WIRE_SITES_KEEP_MAX_MS)
		keep_ms = WIRE_SITES_KEEP_MAX_MS;
	if (step > MEMPROF_SITES_STEP_MAX)
		step = MEMPROF_SITES_STEP_MAX;
	if (!sites->step || sites->keep_ms)
		keep(sites, keep_ms ? step : 0, keep_ms, agent->port->now_ms(), agent->port->now_us());
	agent = memprof_frame_begin(agent, WIRE_SITES);
	agent = memprof_put_varint(agent, sites->step);
	agent = memprof_put_varint(agent, sites->keep_ms);
	agent = memprof_put_u8(agent, sites->n_waiting || sites->has_gone);
	memprof_frame_end(agent);
}

/* ---- what is sent ---- */

/* What is not taken waits, and is not lost. */
static bool send(struct memprof_agent *agent)
{
	bool is_taken = memprof_frame_end(agent);

	agent->n_skipped -= !is_taken;
	return is_taken;
}

static bool send_sample(struct memprof_agent *agent, const struct memprof_sites *sites)
{
	const struct memprof_sample *sample = &sites->samples[sites->first];

	agent = memprof_frame_begin(agent, WIRE_SITE);
	agent = memprof_put_varint(agent, sites->n_lost);
	agent = memprof_put_u8(agent, sample->flags);
	agent = memprof_put_varint(agent, sample->number);
	agent = memprof_put_varint(agent, sample->step);
	agent = memprof_put_varint(agent, sample->n_bytes);
	agent = memprof_put_varint(agent, sample->address);
	for (uint32_t i = 0; i < sample->flags % 16u; i++) {
		agent = memprof_put_varint(agent, sample->frames[i].file);
		agent = memprof_put_varint(agent, sample->frames[i].function);
		agent = memprof_put_varint(agent, sample->frames[i].line);
	}
	agent = memprof_put_u8(agent, memprof_sites_class(sample->n_bytes));
	agent = memprof_put_varint(agent, sample->class_bytes);
	return send(agent);
}

static void send_gone(struct memprof_agent *agent, struct memprof_sites *sites)
{
#if MEMPROF_SITES_FOLLOWED
	if (!sites->has_gone)
		return;
	sites->has_gone = false; /* a block may be freed while one is reported */
	for (struct memprof_followed *at = sites->followed; at < sites->followed + MEMPROF_SITES_FOLLOWED; at++) {
		if (at->address - 1 >= WIRE_SITE_LEFT)
			continue;
		agent = memprof_frame_begin(agent, WIRE_SITE_GONE);
		agent = memprof_put_varint(agent, at->number);
		agent = memprof_put_u8(agent, (uint32_t)at->address);
		if (!send(agent)) {
			sites->has_gone = true;
			return;
		}
		at->address = 0;
	}
#else
	(void)agent;
	(void)sites;
#endif
}

void memprof_send_sites(struct memprof_agent *agent, struct memprof_sites *sites)
{
	if (sites->keep_ms && agent->port->now_ms() - sites->heard_ms >= sites->keep_ms)
		keep(sites, 0, 0, 0, 0);
	for (; sites->n_waiting; sites->n_waiting--) {
		if (!send_sample(agent, sites))
			return;
		sites->first = (uint8_t)((sites->first + 1u) % MEMPROF_SITES_WAITING);
	}
	send_gone(agent, sites);
}
