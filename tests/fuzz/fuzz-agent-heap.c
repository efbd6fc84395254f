#include <string.h>

#include "fuzz.h"
#include "memprof/agent.h"
#include "memprof/agent_link.h"
#include "memprof/number.h"

/* Both ends: what the input makes of a heap goes through the board's own core and the host's link, over a channel that loses
 * the frames that the input names. Each snapshot that comes out is the one that went in. */
enum { N_AREAS_MAX = 3, N_BLOCKS_MAX = 600, ROWS_MAX = 20, STEPS_MAX = 60 };

static struct area {
	uint8_t  codes[N_BLOCKS_MAX], table[(N_BLOCKS_MAX + 3) / 4 + 4], finalisers[N_BLOCKS_MAX / 8 + 1];
	uint32_t n_blocks;
} areas[N_AREAS_MAX];
static uint32_t n_areas, now, n_snapshots;
static uint8_t  sent[1 << 18];
static size_t   n_sent;
static const uint8_t *at, *end;
static bool     losing;

static uint8_t take(void)
{
	return at < end ? *at++ : 0;
}

static bool write_frame(const uint8_t *frame, size_t n_bytes)
{
	if (losing && take() % 4 == 0)
		return true;
	MUST(n_bytes <= sizeof(sent) - n_sent);
	memcpy(sent + n_sent, frame, n_bytes);
	n_sent += n_bytes;
	return true;
}

static uint32_t clock_of_board(void) { return now++; }

static bool nth_area(uint32_t i, struct memprof_area *ret)
{
	if (i >= n_areas)
		return false;
	*ret = (struct memprof_area){ .table = areas[i].table, .finalisers = areas[i].finalisers,
				      .address = (uintptr_t)(i + 1) << 24, .n_blocks = areas[i].n_blocks };
	return true;
}

static uint8_t kind_of(uintptr_t address)
{
	return areas[(address >> 24) - 1].codes[(address & 0xffffff) / 32];
}

static void stack(uint32_t *ret_used, uint32_t *ret_limit)
{
	*ret_used = n_snapshots;
	*ret_limit = 0;
}

static const struct memprof_port port = {
	.write = write_frame, .now_us = clock_of_board, .now_ms = clock_of_board, .area = nth_area, .kind = kind_of,
	.stack = stack, .block_bytes = 32, .abilities = WIRE_CAN_KINDS | WIRE_CAN_FINALISERS,
};

static void set(struct area *a, uint32_t i, uint8_t code)
{
	unsigned bits = code == WIRE_FREE ? 0 : code == WIRE_TAIL ? 2 : code == WIRE_MARKED ? 3 : 1, shift = i % 4 * 2;

	a->codes[i] = code;
	a->table[i / 4] = (uint8_t)((a->table[i / 4] & ~(3u << shift)) | bits << shift);
	a->finalisers[i / 8] = (uint8_t)((a->finalisers[i / 8] & ~(1u << i % 8)) | (unsigned)(code == WIRE_FINALISER) << i % 8);
}

static void change(void)
{
	struct area *a = &areas[take() % n_areas];
	uint32_t first = (uint32_t)(take() | take() << 8) % a->n_blocks, n = 1u + take() * 3u;
	uint8_t code = take() % WIRE_N_CODES;

	for (uint32_t i = first; i < a->n_blocks && i < first + n; i++)
		set(a, i, code);
}

static void check(const struct heap *heap)
{
	static const char kinds[] = ".=hmTLDSAFBMh";

	MUST(heap_check(heap) == 0 && heap->n_pools == 1 && heap->pools[0].n_areas == n_areas);
	MUST(heap->stack_used_bytes == n_snapshots);
	for (uint32_t i = 0; i < n_areas; i++) {
		const struct heap_area *a = &heap->pools[0].areas[i];
		MUST(a->base == (uint64_t)(i + 1) << 24 && a->n_blocks == areas[i].n_blocks);
		for (uint32_t k = 0; k < a->n_blocks; k++)
			MUST(a->kinds[k] == kinds[areas[i].codes[k]]);
	}
}

/* What came out: whether there was a snapshot. */
static bool carry(struct agent_link *link)
{
	struct agent_item item;
	bool shown = false;
	int answer;

	agent_link_feed(link, sent, n_sent, NOT_KNOWN);
	while ((answer = agent_link_next(link, &item)) != AGENT_MORE) {
		MUST(answer == AGENT_EVENT);
		if (item.event.kind == EVENT_SNAPSHOT) {
			check(item.event.snapshot.heap);
			shown = true;
		}
	}
	n_sent = 0;
	return shown;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint16_t rows[ROWS_MAX];
	struct memprof_agent agent;
	struct agent_link *link = agent_link_new(false);

	MUST(link);
	at = data;
	end = data + size;
	now = n_snapshots = 0;
	losing = false;
	memset(areas, 0, sizeof(areas));
	memset(rows, 0, sizeof(rows));
	n_areas = 1u + take() % N_AREAS_MAX;
	for (uint32_t i = 0; i < n_areas; i++)
		areas[i].n_blocks = 4u + (uint32_t)(take() | take() << 8) % (N_BLOCKS_MAX / 4 - 1) * 4u;
	memprof_start(&agent, &port, 1, take() % 4 ? rows : NULL, ROWS_MAX);
	bool lost_any = false;
	for (int i = 0; i < STEPS_MAX && at < end; i++) {
		uint8_t what = take();
		if (what % 4) {
			change();
			continue;
		}
		losing = what >= 0xe0;
		lost_any |= losing;
		n_snapshots++;
		bool key = what & 4;
		MUST(memprof_snapshot(&agent, key));
		bool shown = carry(link);
		/* One changed row in 65,536 has the hash that it had: the digest finds that out, and a key mends it. */
		MUST(shown || lost_any || !key);
		lost_any &= !(key && shown);
		losing = false;
	}
	agent_link_free(link);
	return 0;
}
