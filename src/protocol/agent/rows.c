/* Decodes tokens and raw tables to the rows of an area. */
#include <errno.h>
#include <string.h>

#include "agent/table.h"

static const uint8_t kind_of[16] = {
	[WIRE_FREE] = BLOCK_FREE,      [WIRE_TAIL] = BLOCK_TAIL,         [WIRE_HEAD] = BLOCK_HEAD,
	[WIRE_MARKED] = BLOCK_MARKED,  [WIRE_TUPLE] = BLOCK_TUPLE,       [WIRE_LIST] = BLOCK_LIST,
	[WIRE_DICT] = BLOCK_DICT,      [WIRE_STR] = BLOCK_STR,           [WIRE_ARRAY] = BLOCK_ARRAY,
	[WIRE_FLOAT] = BLOCK_FLOAT,    [WIRE_FUNCTION] = BLOCK_FUNCTION, [WIRE_MODULE] = BLOCK_MODULE,
	[WIRE_FINALISER] = BLOCK_HEAD,
};

/* Position of the next block. */
struct writer {
	struct agent_table *table;
	const struct agent_area *area;
	uint8_t *codes;      /* of the area */
	uint32_t at;         /* block of the area */
	uint32_t whole_from; /* row of the area; complete from here on */
};

static struct writer writer_begin(struct agent_table *t, uint32_t i_area, uint32_t first, bool continues)
{
	const struct agent_area *area = &t->areas[i_area];

	return (struct writer){ t, area, t->codes + (size_t)area->first_row * WIRE_ROW_BLOCKS, first,
				first / WIRE_ROW_BLOCKS + (first % WIRE_ROW_BLOCKS && !continues) };
}

/* The row of the next block; n_rows at the end of the area. */
static uint32_t row_of(const struct writer *w)
{
	return w->at == w->area->n_blocks ? w->area->n_rows : w->at / WIRE_ROW_BLOCKS;
}

/* Marks the rows up to here as changed; a partial one is unknown. */
static void writer_mark(struct writer *w)
{
	uint8_t *states = w->table->states + w->area->first_row;
	uint32_t row = row_of(w);

	if (w->whole_from < row)
		memset(states + w->whole_from, ROW_CHANGED, row - w->whole_from);
	if (row < w->area->n_rows && w->at % WIRE_ROW_BLOCKS)
		states[row] = ROW_UNKNOWN;
}

struct nibbles {
	const uint8_t *bytes;
	size_t at, end;
};

static uint8_t nibble(struct nibbles *n)
{
	uint8_t byte = n->bytes[n->at / 2];

	return n->at++ % 2 ? byte >> 4 : byte & 15;
}

/* 0: truncated, or longer than any area. */
static uint32_t length(struct nibbles *n)
{
	uint64_t value = 0;

	for (unsigned shift = 0; n->at < n->end && shift < 33; shift += 3) {
		uint8_t part = nibble(n);
		value |= (uint64_t)(part & 7) << shift;
		if (!(part & 8))
			return value < HEAP_BLOCKS_MAX ? (uint32_t)value + 1 : 0;
	}
	return 0;
}

static bool write_run(struct writer *w, uint8_t code, uint32_t n_blocks)
{
	if (n_blocks == 0 || n_blocks > w->area->n_blocks - w->at)
		return false;
	memset(w->codes + w->at, code, n_blocks);
	w->at += n_blocks;
	return true;
}

/* Leaves rows as they are; marks those before them. */
static bool skip_rows(struct writer *w, uint32_t n_rows)
{
	uint32_t row = row_of(w);

	if (n_rows == 0 || (w->at % WIRE_ROW_BLOCKS && w->at < w->area->n_blocks) || n_rows > w->area->n_rows - row)
		return false;
	writer_mark(w);
	w->whole_from = row + n_rows;
	w->at = MIN((row + n_rows) * (uint32_t)WIRE_ROW_BLOCKS, w->area->n_blocks);
	return true;
}

static bool write_token(struct writer *w, struct nibbles *n)
{
	uint8_t token = nibble(n);

	switch (token) {
	case WIRE_FREE:
	case WIRE_TAIL:
		return write_run(w, token, length(n));
	case WIRE_ONE_TAIL:
		return write_run(w, WIRE_TAIL, 1);
	case WIRE_SKIP:
		return skip_rows(w, length(n));
	case WIRE_PAD:
		return n->at == n->end;
	default:
		return write_run(w, token, 1);
	}
}

/* ---- a byte of tokens at a time ---- */

struct step {
	uint8_t codes[16];
	unsigned n_codes, waits;
};

/* False if the nibble needs decoding by nibbles. */
static bool add_nibble(struct step *step, unsigned nibble)
{
	unsigned code = nibble, n_blocks = 1;

	if (step->waits != STEP_NONE) {
		code = step->waits == STEP_FREE ? WIRE_FREE : WIRE_TAIL;
		n_blocks = nibble + 1;
		if (nibble > 7)
			return false;
	} else if (nibble <= WIRE_TAIL) {
		step->waits = nibble == WIRE_FREE ? STEP_FREE : STEP_TAILS;
		return true;
	} else if (nibble == WIRE_ONE_TAIL) {
		code = WIRE_TAIL;
	} else if (nibble >= WIRE_N_CODES) {
		return false;
	}
	memset(step->codes + step->n_codes, (int)code, n_blocks);
	step->n_codes += n_blocks;
	step->waits = STEP_NONE;
	return true;
}

void agent_lookup_init(struct agent_lookup *lookup)
{
	crc32_init(&lookup->crc);
	for (unsigned i = 0; i < N_STEPS; i++) {
		struct step step = { .waits = i & ~255u };
		if (!add_nibble(&step, i & 15) || !add_nibble(&step, i >> 4 & 15))
			step.waits = STEP_SLOW;
		memcpy(lookup->codes[i], step.codes, sizeof(step.codes));
		lookup->steps[i] = (uint16_t)(step.waits | step.n_codes << STEP_WAITS_BITS);
	}
	for (unsigned i = 0; i < 256; i++) {
		lookup->kinds[i][0] = kind_of[i & 15];
		lookup->kinds[i][1] = kind_of[i >> 4];
	}
}

static bool write_codes(struct writer *w, const uint8_t *codes, size_t n_blocks)
{
	if (n_blocks > w->area->n_blocks - w->at)
		return false;
	memcpy(w->codes + w->at, codes, n_blocks);
	w->at += (uint32_t)n_blocks;
	return true;
}

/* Decodes bytes from number *at on by lookup, up to one that needs decoding by nibbles. *waits: see STEP_NONE. */
static bool write_fast(struct writer *w, const struct agent_lookup *lookup, const uint8_t *bytes, size_t n_bytes,
		       size_t *at, unsigned *waits)
{
	uint8_t codes[1024];
	size_t n = 0, i = *at;
	unsigned next = *waits;

	for (; i < n_bytes && n <= sizeof(codes) - sizeof(lookup->codes[0]); i++) {
		unsigned number = next + bytes[i], step = lookup->steps[number];
		if ((step & ((1 << STEP_WAITS_BITS) - 1)) == STEP_SLOW)
			break;
		memcpy(codes + n, lookup->codes[number], sizeof(lookup->codes[0]));
		n += step >> STEP_WAITS_BITS;
		next = step & ((1 << STEP_WAITS_BITS) - 1);
	}
	*at = i;
	*waits = next;
	return write_codes(w, codes, n);
}

int agent_table_tokens(struct agent_table *t, const struct agent_lookup *lookup, uint32_t i_area, uint32_t first,
		       bool continues, const struct agent_fields *f, uint32_t *ret_end)
{
	struct writer w = writer_begin(t, i_area, first, continues);
	size_t n_bytes = (size_t)(f->end - f->p), at = 0;
	unsigned waits = STEP_NONE;

	while (at < n_bytes) {
		size_t was = at;
		if (!write_fast(&w, lookup, f->p, n_bytes, &at, &waits))
			return -EBADMSG;
		if (at > was)
			continue;
		/* By nibbles, from the last incomplete token on, until a token begins with a byte. */
		struct nibbles n = { f->p, 2 * at - (waits != STEP_NONE), 2 * n_bytes };
		do {
			if (!write_token(&w, &n))
				return -EBADMSG;
		} while (n.at % 2 && n.at < n.end);
		at = n.at / 2;
		waits = STEP_NONE;
	}
	if (waits != STEP_NONE)
		return -EBADMSG;
	writer_mark(&w);
	*ret_end = w.at;
	return 0;
}

int agent_table_raw(struct agent_table *t, uint32_t i_area, uint32_t first, bool continues,
		    const struct agent_fields *f, uint32_t *ret_end)
{
	static const uint8_t codes[] = { WIRE_FREE, WIRE_HEAD, WIRE_TAIL, WIRE_MARKED };
	struct writer w = writer_begin(t, i_area, first, continues);
	size_t n_bytes = (size_t)(f->end - f->p);

	if (first % 4 || n_bytes > (w.area->n_blocks - first + 3) / 4)
		return -EBADMSG;
	uint32_t end = (uint32_t)MIN(first + 4 * n_bytes, (size_t)w.area->n_blocks);
	for (; w.at < end; w.at++)
		w.codes[w.at] = codes[f->p[(w.at - first) / 4] >> 2 * (w.at % 4) & 3];
	writer_mark(&w);
	*ret_end = end;
	return 0;
}
