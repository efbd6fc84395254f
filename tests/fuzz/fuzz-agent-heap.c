
#include "fuzz.h"
#include "memprof/agent.h"
#include "memprof/base/number.h"
#include "memprof/frame.h"
#include "memprof/protocol/agent_link.h"

/* Both ends: what the input makes of a heap goes through the board's own core and the host's link, over a channel that
 * loses the frames that the input names. Each snapshot that comes out is the one that went in; and one that does not
 * come out was kept back for a reason. */
enum {
	N_AREAS_MAX = 3,
	N_BLOCKS_MAX = 600,
	ROWS_MAX = 20,
	STEPS_MAX = 60,
	ROWS_ALL = N_AREAS_MAX * (N_BLOCKS_MAX / WIRE_ROW_BLOCKS + 1),
};

static struct area {
	uint8_t codes[N_BLOCKS_MAX], table[(N_BLOCKS_MAX + 3) / 4 + 4], finalisers[N_BLOCKS_MAX / 8 + 1];
	uint32_t n_blocks;
} areas[N_AREAS_MAX];
static uint32_t n_areas, now, n_snapshots;
static uint8_t sent[1 << 18];
static size_t n_sent;
static const uint8_t *at, *end;
static bool losing, lost;

/* What the host has of each row: told_codes is what the board sent last. */
static struct row {
	uint8_t codes[WIRE_ROW_BLOCKS], told_codes[WIRE_ROW_BLOCKS];
	bool may_lack; /* a frame was lost since it came, or the host let go of it */
	bool lacks;    /* the host has let go of it for sure */
} table[ROWS_ALL];
static uint32_t n_rows;

static uint8_t take(void) { return at < end ? *at++ : 0; }

static bool write_frame(const uint8_t *frame, size_t n_bytes)
{
	if (losing && take() % 4 == 0) {
		lost = true;
		return true;
	}
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
	*ret = (struct memprof_area){ .table = areas[i].table,
				      .finalisers = areas[i].finalisers,
				      .address = (uintptr_t)(i + 1) << 24,
				      .n_blocks = areas[i].n_blocks };
	return true;
}

static uint8_t kind_of(uintptr_t address) { return areas[(address >> 24) - 1].codes[(address & 0xffffff) / 32]; }

static void stack(uint32_t *ret_used, uint32_t *ret_limit)
{
	*ret_used = n_snapshots;
	*ret_limit = 0;
}

static const struct memprof_port port = {
	.write = write_frame,
	.now_us = clock_of_board,
	.now_ms = clock_of_board,
	.area = nth_area,
	.kind = kind_of,
	.stack = stack,
	.block_bytes = 32,
	.abilities = WIRE_CAN_KINDS | WIRE_CAN_FINALISERS,
};

static void set(struct area *a, uint32_t i, uint8_t code)
{
	unsigned bits = code == WIRE_FREE ? 0 : code == WIRE_TAIL ? 2 : code == WIRE_MARKED ? 3 : 1, shift = i % 4 * 2;

	a->codes[i] = code;
	a->table[i / 4] = (uint8_t)((a->table[i / 4] & ~(3u << shift)) | bits << shift);
	a->finalisers[i / 8] = (uint8_t)((a->finalisers[i / 8] & ~(1u << i % 8)) | (unsigned)(code == WIRE_FINALISER)
											   << i % 8);
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

/* ---- why a snapshot is kept back ---- */

static void read_rows(void)
{
	n_rows = 0;
	for (uint32_t i = 0; i < n_areas; i++) {
		for (uint32_t first = 0; first < areas[i].n_blocks; first += WIRE_ROW_BLOCKS, n_rows++) {
			memset(table[n_rows].codes, WIRE_FREE, WIRE_ROW_BLOCKS);
			memcpy(table[n_rows].codes, areas[i].codes + first,
			       MIN(areas[i].n_blocks - first, (uint32_t)WIRE_ROW_BLOCKS));
		}
	}
}

/* What the board remembers of a row. */
static uint16_t hash_of(const uint8_t *codes)
{
	uint8_t nibbles[WIRE_ROW_BYTES];

	for (unsigned i = 0; i < WIRE_ROW_BYTES; i++)
		nibbles[i] = (uint8_t)(codes[2 * i] | codes[2 * i + 1] << 4);
	uint16_t hash = (uint16_t)~memprof_crc(~(uint32_t)0, nibbles, sizeof(nibbles));
	return hash ? hash : 1;
}

/* Notes which rows the snapshot told. hashes: what the board remembered before. Whether it left out one that has
 * changed, whose hash is what it was: one in 65,536 of those that change. */
static bool note_rows(const struct memprof_agent *agent, const uint16_t *hashes)
{
	bool collided = false;

	for (uint32_t i = 0; i < n_rows; i++) {
		struct row *row = &table[i];
		uint16_t hash = hash_of(row->codes);
		bool in_turn = i - agent->refresh < agent->n_refresh;

		if (agent->all_rows || i >= agent->n_rows || hashes[i] != hash || in_turn) {
			memcpy(row->told_codes, row->codes, sizeof(row->codes));
			row->may_lack &= lost;
			row->lacks = false;
		} else {
			collided |= memcmp(row->told_codes, row->codes, sizeof(row->codes)) != 0;
		}
	}
	return collided;
}

static bool any_lacks(bool for_sure)
{
	for (uint32_t i = 0; i < n_rows; i++)
		if (for_sure ? table[i].lacks : table[i].may_lack)
			return true;
	return false;
}

static void check_shown(bool shown, bool collided)
{
	bool may_lack = any_lacks(false), digest_erred = collided && !may_lack && !lost;

	if (shown)
		MUST(!collided && !any_lacks(true));
	else
		MUST(collided || may_lack || lost);
	for (uint32_t i = 0; i < n_rows; i++) {
		table[i].may_lack = !shown && (table[i].may_lack || collided || lost);
		table[i].lacks = !shown && (table[i].lacks || digest_erred);
	}
}

FUZZ(data, size)
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
	memset(table, 0, sizeof(table));
	memset(rows, 0, sizeof(rows));
	n_areas = 1u + take() % N_AREAS_MAX;
	for (uint32_t i = 0; i < n_areas; i++)
		areas[i].n_blocks = 4u + (uint32_t)(take() | take() << 8) % (N_BLOCKS_MAX / 4 - 1) * 4u;
	memprof_start(&agent, &port, 1, take() % 4 ? rows : NULL, ROWS_MAX);
	for (int i = 0; i < STEPS_MAX && at < end; i++) {
		uint8_t what = take();
		if (what % 4) {
			change();
			continue;
		}
		uint16_t hashes[ROWS_MAX];
		memcpy(hashes, rows, sizeof(rows));
		losing = what >= 0xe0;
		lost = false;
		n_snapshots++;
		MUST(memprof_snapshot(&agent, what & 4));
		losing = false;
		bool shown = carry(link);
		read_rows();
		check_shown(shown, note_rows(&agent, hashes));
	}
	agent_link_free(link);
}
