#include "text/parts.h"

#include <inttypes.h>

#include "memprof/base/number.h"
#include "shared/number_words.h"

struct health_words {
	const char *headline, *is; /* is: after a noun */
};
static const struct health_words health_words[] = {
	[HEALTH_ROOM] = { "Room to spare", "has room to spare" },
	[HEALTH_SPLIT] = { "Split", "is split" },
	[HEALTH_FRAGMENTED] = { "Fragmented", "is fragmented" },
	[HEALTH_NEARLY_FULL] = { "Nearly full", "is nearly full" },
	[HEALTH_FULL] = { "Full", "is full" },
	[HEALTH_DAMAGED] = { "Damaged", "is damaged" },
	[HEALTH_UNKNOWN] = { "Not enough is known", "does not report enough" },
};

/* ---- what fits where ---- */

/* The regions of a group that has no room are named as the group. */
static bool has_room_elsewhere(const struct pool_standings *s, size_t i_pool, size_t i_need)
{
	for (size_t i = 0; i < s->n; i++)
		if (i != i_pool && s->all[i].i_group == s->all[i_pool].i_group && s->all[i].fits[i_need].size_bytes &&
		    s->all[i].fits[i_need].n_times != 0)
			return true;
	return false;
}

static bool is_denied(const struct pool_standings *s, size_t i, size_t i_need)
{
	const struct fit *f = &s->all[i].fits[i_need];
	bool speaks = s->all[i].i_group == i; /* for its group */

	return f->size_bytes && f->n_times == 0 && !f->grows && speaks && !has_room_elsewhere(s, i, i_need);
}

static void say_denied(struct strbuf *out, const struct pool_standings *s, size_t i_need, uint64_t size_bytes,
		       const struct text_style *style)
{
	size_t n_denied = 0, column = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct heap_pool *pool = s->all[i].pool;
		size_t start = out->n_bytes, n_name = pool_group_name(pool);
		if (!is_denied(s, i, i_need))
			continue;
		if (n_denied++ == 0)
			strbuf_printf(out, "%s does not fit in ", exact_words(size_bytes, style).text);
		else
			strbuf_puts(out, column + n_name > 76 ? ",\n  " : ", ");
		column = column + n_name > 76 ? 2 : column;
		strbuf_printf(out, "%.*s", (int)n_name, pool->name);
		column += out->n_bytes - start;
	}
	strbuf_puts(out, n_denied > 0 ? ".\n" : "");
}

static void say_fit(struct strbuf *out, const struct fit *f, const char *where, const struct text_style *style)
{
	const char *in = where ? " in " : "";

	where = where ? where : "";
	strbuf_puts(out, exact_words(f->size_bytes, style).text);
	if (f->n_times == NOT_KNOWN && f->once)
		strbuf_printf(out, " fits%s%s, at least once.\n", in, where);
	else if (f->n_times == NOT_KNOWN)
		strbuf_printf(out, ": not known whether it fits%s%s.\n", in, where);
	else if (f->n_times > 0)
		strbuf_printf(out, " fits%s%s, %s time%s.\n", in, where, count_words(f->n_times, style).text,
			      f->n_times == 1 ? "" : "s");
	else
		strbuf_printf(out, " does not fit%s%s%s.\n", in, where,
			      f->grows ? " now; the heap can grow for it" : "");
}

void text_needs(struct strbuf *out, const struct pool_standings *s, const struct report_options *options,
		const struct text_style *style)
{
	for (size_t k = 0; k < options->n_needs; k++) {
		if (s->n > 1)
			say_denied(out, s, k, options->needs[k], style);
		for (size_t i = 0; i < s->n; i++) {
			const struct fit *f = &s->all[i].fits[k];
			if (f->size_bytes && (s->n == 1 || f->n_times != 0 || f->grows))
				say_fit(out, f, s->n == 1 ? NULL : s->all[i].pool->name, style);
		}
	}
}

/* ---- the headline ---- */

static void say_size(struct strbuf *out, uint64_t bytes, const struct text_style *style)
{
	strbuf_puts(out, bytes == NOT_KNOWN ? "an unknown number of bytes" : human_words(bytes, style).text);
}

/* says_room: where a leak stands before it, room to spare is no answer. */
static void say_state(struct strbuf *out, const struct pool_standing *worst, bool several, uint64_t n_dump,
		      bool says_room, const struct text_style *style)
{
	static const struct health_words too_small = { "No block is large enough",
						       "has no block that is large enough" };
	static const struct health_words in_all = { "Enough in all", "has enough in all" };
	bool room = worst->health == HEALTH_ROOM || worst->health == HEALTH_SPLIT;
	bool unknown = worst->health == HEALTH_ROOM && worst->summary.lfb_bytes == NOT_KNOWN;
	const struct health_words *words = room && worst->lacks ? &too_small :
					   unknown              ? &in_all :
								  &health_words[worst->health];
	enum text_role role = room && !worst->lacks ? ROLE_FREE : ROLE_WARNING;
	int n_name = (int)pool_group_name(worst->pool);

	if (n_dump > 0 && several)
		strbuf_printf(out, "In dump %" PRIu64 " %.*s", n_dump, n_name, worst->pool->name);
	else if (n_dump > 0)
		strbuf_printf(out, "Dump %" PRIu64, n_dump);
	if (n_dump > 0) {
		strbuf_printf(out, "%s%s", says_room ? " " : "", says_room ? words->is : "");
		return;
	}
	text_role(out, style, role);
	if (!several)
		strbuf_puts(out, words->headline);
	else if (worst->health == HEALTH_ROOM && !worst->lacks)
		strbuf_printf(out, "%s, least in %.*s", words->headline, n_name, worst->pool->name);
	else
		strbuf_printf(out, "%.*s %s", n_name, worst->pool->name, words->is);
	text_role(out, style, ROLE_PLAIN);
}

static void say_room(struct strbuf *out, const struct pool_standing *worst, bool is_wide,
		     const struct text_style *style)
{
	const struct pool_state *state = &worst->summary;
	const char *at_least = state->at_least ? "at least " : "";
	uint64_t growth_bytes = worst->pool->reported.max_new_split_bytes;

	if (worst->health >= HEALTH_NEARLY_FULL && growth_bytes != NOT_KNOWN && growth_bytes > state->free_bytes)
		strbuf_printf(out, " for now: the heap may grow by %s.\nAt present",
			      human_words(growth_bytes, style).text);
	else
		strbuf_putc(out, ':');
	strbuf_printf(out, " %s", at_least);
	say_size(out, state->free_bytes, style);
	if (state->total_bytes != NOT_KNOWN) {
		strbuf_printf(out, " of %s", at_least);
		say_size(out, state->total_bytes, style);
	}
	strbuf_puts(out, " are free");
	if (state->lfb_bytes != NOT_KNOWN)
		strbuf_printf(out, ",%sthe largest block %s", is_wide || state->at_least ? "\n" : " ",
			      human_words(state->lfb_bytes, style).text);
}

/* Why there is less than it seems. */
static void say_why(struct strbuf *out, const struct pool_standing *worst, const struct text_style *style)
{
	const struct heap_pool *pool = worst->pool;
	bool is_group = pool->n_areas == 0 && worst->n_free_areas > 1;

	if (worst->health == HEALTH_FRAGMENTED) {
		strbuf_printf(out, "Only %.0f %% of what is free ", 100 * (1 - worst->summary.fragmentation));
		strbuf_puts(out, pool->n_areas > 1 || is_group ?
					 "is in its area's largest block, so a large allocation\n"
					 "can fail although there seems to be room.\n" :
					 "lies in one piece, so a large allocation can fail\n"
					 "although there seems to be room.\n");
	}
	if (worst->health == HEALTH_SPLIT)
		strbuf_printf(
			out,
			"What is free lies in %s %s, and no allocation can span two. This is not\nfragmentation.\n",
			count_words(worst->n_free_areas, style).text, is_group ? "regions" : "areas");
	if (pool->n_areas > 0 && pool->areas[0].loose)
		strbuf_puts(out, "Only a part of a table is there, and these are figures of that part.\n");
	else if (worst->summary.at_least)
		strbuf_puts(out, TEXT_MORE_AREAS);
	else if (worst->believed)
		strbuf_puts(out, "Part of the table is missing; this is what the board itself says.\n");
}

void text_headline(struct strbuf *out, const struct pool_standings *s, uint64_t n_dump, bool is_leaking,
		   const struct text_style *style)
{
	const struct pool_standing *worst = &s->all[s->i_worst];
	bool several = false, is_wide = n_dump > 0;

	if (s->n == 0)
		return;
	for (size_t i = 0; i < s->n; i++)
		several |= s->all[i].i_group != 0;
	bool room = (worst->health == HEALTH_ROOM || worst->health == HEALTH_SPLIT) && !worst->lacks;
	is_wide |= several || (worst->lacks && worst->health < HEALTH_FRAGMENTED);
	say_state(out, worst, several, n_dump, !(room && is_leaking), style);
	if (worst->health == HEALTH_UNKNOWN && !worst->summary.at_least) {
		if (worst->summary.free_bytes != NOT_KNOWN)
			strbuf_printf(out,
				      ": %s are free, but nothing tells of how much.\n"
				      "%she size of the heap beside it would tell more.\n",
				      human_words(worst->summary.free_bytes, style).text,
				      worst->summary.lfb_bytes == NOT_KNOWN ? "Its largest free block and t" : "T");
		else
			strbuf_puts(out, ": the statistics are not readable.\n");
		return;
	}
	if (worst->health == HEALTH_DAMAGED) {
		strbuf_puts(out, ": something wrote past a block. Its figures end there.\n");
		return;
	}
	say_room(out, worst, is_wide, style);
	strbuf_puts(out, ".\n");
	say_why(out, worst, style);
}
