/* What the heads of a table are: carried over from the table before, or told by the first word of each, which is its
 * type. */
#include "raw_poll_private.h"

#include "memprof/base/number.h"

enum {
	ASK_READS = 40,
	ASK_BYTES = 8192,
	ASK_GAP_BYTES = 64,
	SAMPLE_HEADS = 6, /* of a letter, to learn its type's address from */
};

static uint64_t address_of(const struct raw_poll *f, uint32_t i_block)
{
	for (size_t i = 0; i < f->areas.n_areas; i++) {
		const struct gc_area *area = &f->areas.areas[i];
		if (i_block < area->n_blocks)
			return area->pool + (uint64_t)i_block * area->block_bytes;
		i_block -= area->n_blocks;
	}
	return 0;
}

uint32_t raw_poll_carry_letters(struct raw_poll *f)
{
	uint32_t n_asked = 0, at = 0;

	for (size_t i = 0; i < f->areas.n_areas; at += f->areas.areas[i++].n_blocks)
		n_asked += block_letters_carry(f->fresh + at, f->kinds + at, f->areas.areas[i].n_blocks);
	return n_asked;
}

/* First words of heads, those that are near to each other in one read. */
struct asking {
	struct memory_read reads[ASK_READS];
	size_t n_reads, n_bytes;
	uint32_t first[ASK_READS], last[ASK_READS]; /* blocks */
	uint8_t bytes[ASK_BYTES];
};

static bool ask_block(struct raw_poll *f, struct asking *ask, uint32_t i_block)
{
	uint64_t address = address_of(f, i_block);
	unsigned word = f->probe.hello.word_bytes;

	if (ask->n_reads > 0) {
		struct memory_read *read = &ask->reads[ask->n_reads - 1];
		uint64_t end = read->address + read->n_bytes;
		if (address >= end && address - end <= ASK_GAP_BYTES &&
		    address - end + word <= ASK_BYTES - ask->n_bytes &&
		    reader_may(&f->probe.reader, read->address, address + word - read->address)) {
			ask->n_bytes += (size_t)(address - end) + word;
			read->n_bytes += (size_t)(address - end) + word;
			ask->last[ask->n_reads - 1] = i_block;
			return true;
		}
	}
	if (ask->n_reads == ASK_READS || word > ASK_BYTES - ask->n_bytes)
		return false;
	ask->first[ask->n_reads] = ask->last[ask->n_reads] = i_block;
	ask->reads[ask->n_reads++] = (struct memory_read){ address, word, ask->bytes + ask->n_bytes };
	ask->n_bytes += word;
	return true;
}

static uint64_t first_word(const struct raw_poll *f, const struct asking *ask, size_t i, uint32_t i_block)
{
	uint64_t word;

	reader_words(f->probe.reader.word_bytes, ask->reads[i].ret + (address_of(f, i_block) - ask->reads[i].address),
		     1, &word);
	return word;
}

static void learn_from(struct raw_poll *f, const struct asking *ask)
{
	for (size_t i = 0; i < ask->n_reads; i++)
		for (uint32_t k = ask->first[i]; k <= ask->last[i]; k++)
			if (letter_is_type(f->fresh[k]) || f->fresh[k] == BLOCK_HEAD)
				letter_types_learn(&f->types, first_word(f, ask, i, k), f->fresh[k], false);
}

static void letter_from(struct raw_poll *f, const struct asking *ask)
{
	for (size_t i = 0; i < ask->n_reads; i++)
		for (uint32_t k = ask->first[i]; k <= ask->last[i]; k++)
			if (f->fresh[k] == BLOCK_ASK)
				f->fresh[k] = letter_types_of(&f->types, first_word(f, ask, i, k));
}

/* Some heads of each letter, from all over the heap. */
static void sample(struct raw_poll *f, struct asking *ask)
{
	static const char letters[] = "AF"; /* array.array and float: the probe names the others */

	for (const char *letter = letters; *letter; letter++) {
		uint32_t n_heads = 0, n_asked = 0, i_head = 0;
		for (uint32_t i = 0; i < f->n_blocks; i++)
			n_heads += f->fresh[i] == (uint8_t)*letter;
		for (uint32_t i = 0; i < f->n_blocks && n_asked < SAMPLE_HEADS; i++) {
			if (f->fresh[i] != (uint8_t)*letter)
				continue;
			if ((uint64_t)i_head++ * SAMPLE_HEADS >= (uint64_t)n_asked * n_heads)
				n_asked += ask_block(f, ask, i);
		}
	}
}

enum session_outcome raw_poll_learn(struct raw_poll *f)
{
	struct asking ask = { .n_reads = 0 };
	uint64_t word;

	f->types.n_types = 0;
	reader_words(f->probe.reader.word_bytes, f->probe.known, 1, &word);
	letter_types_learn(&f->types, word, BLOCK_ARRAY, true);
	for (size_t i = 0; i < PROBE_TYPES; i++)
		letter_types_learn(&f->types, f->probe.hello.id_types[i], (uint8_t)probe_type_letters[i], true);
	sample(f, &ask);
	enum session_outcome outcome = raw_poll_read(f, ask.reads, ask.n_reads);
	if (outcome == SESSION_DONE)
		learn_from(f, &ask);
	return outcome;
}

enum session_outcome raw_poll_ask_letters(struct raw_poll *f)
{
	struct asking ask = { .n_reads = 0 };
	struct areas_view after;

	for (uint32_t i = 0; i < f->n_blocks; i++)
		if (f->fresh[i] == BLOCK_ASK && !ask_block(f, &ask, i))
			break;
	if (ask.n_reads == 0)
		return SESSION_DONE;
	enum session_outcome outcome = raw_poll_read(f, ask.reads, ask.n_reads);
	if (outcome == SESSION_DONE)
		outcome = raw_poll_read_view(f, &after);
	if (outcome == SESSION_DONE && raw_poll_same_moment(f, &f->view, &after))
		letter_from(f, &ask);
	return outcome;
}
