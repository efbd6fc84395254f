/* Which symbol of one build is which of another: round by round with ever less that must be the same. */
#include <errno.h>
#include <stdlib.h>

#include "diff/private.h"

enum {
	RENAMED_MIN_BYTES = 8, /* smaller ones are of one size by chance */
	BEHIND_BYTES = 4,      /* of a function in its section: padding, literals of assembly */
};

static bool counts(const struct image *image, const struct image_symbol *s, bool mixed)
{
	const struct image_section *in = s->section == IMAGE_NONE ? NULL : &image->sections[s->section];

	if (!s->size_bytes) /* a name of what another one has the bytes of: there, it may be the other way about */
		return mixed;
	return in && in->alloc && !in->reserved;
}

/* Objects of the new build keep their numbers; those that only the old one has come after them. */
static uint32_t object_of(const struct image_symbol *s, const struct match_side *partners, uint32_t i_first)
{
	if (s->object == IMAGE_NONE || !partners)
		return s->object;
	uint32_t partner = partners->partner[s->object];
	return partner != MATCH_NONE ? partner : i_first + s->object;
}

static void fill(struct match_side *side, const struct diff_build *b, const struct match_side *partners,
		 uint32_t i_first, bool with_objects, bool mixed)
{
	for (size_t i = 0; i < b->image->n_symbols; i++) {
		const struct image_symbol *s = &b->image->symbols[i];
		if (!counts(b->image, s, mixed))
			continue;
		struct match_item *item = match_add(side, s, s->name, image_scope_symbol_bytes(&b->scope, s));
		item->core = diff_plain_name(s->name, &item->parts);
		item->home = with_objects ? object_of(s, partners, i_first) : IMAGE_NONE;
		item->place = s->object == IMAGE_NONE ? NULL : b->image->objects[s->object].key;
		item->linkage = s->linkage;
		item->all_bytes = s->size_bytes;
	}
}

/* ---- rounds ---- */

static struct match_key key_of(struct image_slice name, const struct match_item *item)
{
	return (struct match_key){ name.text, name.n_bytes, { item->home, item->all_bytes }, { NULL, 0 } };
}

/* Those with a number in their name by size first, as one more in a source makes others of all that follow. */
static struct match_key by_numbered_name_and_size(const struct match_item *item)
{
	const char *text = diff_unnumbered_name(item->name).text; /* the same beginning */

	return key_of((struct image_slice){ text, item->name.n_bytes }, item);
}

static struct match_key by_unnumbered_name_and_size(const struct match_item *item)
{
	return key_of(diff_unnumbered_name(item->name), item);
}

static struct match_key by_size_here(const struct match_item *item)
{
	bool enough = item->all_bytes >= RENAMED_MIN_BYTES && item->home != IMAGE_NONE &&
		      item->home >= N_PSEUDO_OBJECTS;

	return key_of((struct image_slice){ enough ? "" : NULL, 0 }, item);
}

/* A map may have "f" twice: as it is, and for the section .text.unlikely.f, in which f.cold is. */
static struct match_key by_printed_name(const struct match_item *item)
{
	const struct image_symbol *s = item->of;
	bool derived = s->local && !s->kind;

	return (struct match_key){ .text = derived ? NULL : item->name.text, .n_bytes = item->name.n_bytes };
}

static const struct match_round rounds_of_equals[] = {
	{ by_numbered_name_and_size, MATCH_IN_ORDER },
	{ by_unnumbered_name_and_size, MATCH_IN_ORDER },
	{ NULL, MATCH_IN_ORDER, MATCH_NAME, MATCH_HOME },
	{ NULL, MATCH_IN_ORDER, MATCH_CORE, MATCH_HOME | MATCH_PARTS },
	{ NULL, MATCH_IN_ORDER, MATCH_CORE, MATCH_HOME },
	{ NULL, MATCH_IN_ORDER, MATCH_NAME, MATCH_SIZE, .change = CHANGE_MOVED },
	{ NULL, MATCH_IN_ORDER, MATCH_CORE, MATCH_SIZE | MATCH_PARTS, .change = CHANGE_MOVED },
	{ NULL, MATCH_SINGLE, MATCH_CORE, MATCH_PARTS, .change = CHANGE_MOVED },
	{ by_size_here, MATCH_SINGLE, .change = CHANGE_RENAMED, .alike = true },
};
static const struct match_round mixed_rounds[] = {
	/* of a map and an ELF */
	{ by_printed_name, MATCH_SINGLE },
	{ NULL, MATCH_SINGLE, MATCH_NAME, MATCH_HOME },
	{ NULL, MATCH_SINGLE, MATCH_CORE, MATCH_HOME | MATCH_PARTS },
	{ NULL, MATCH_IN_ORDER, MATCH_CORE, MATCH_HOME, .vague = true },
};

/* ---- rows ---- */

struct symbol_pairs {
	const struct diff_builds *builds;
	struct diff_pairs pairs;
	size_t *n_vague;
};

/* Whether it has an object that is known, and none of LTO's, which are others in every build. */
static bool has_home(const struct diff_build *b, const struct image_symbol *s)
{
	return s->object != IMAGE_NONE && !image_object_is_lto(&b->image->objects[s->object]);
}

/* Of the new one if it is there. */
static void describe(const struct match_item *was, const struct match_item *is, struct diff_row *row)
{
	const struct image_symbol *s = (is ? is : was)->of, *old = was ? was->of : NULL;

	row->is_estimate = s->estimated || (old && old->estimated);
	row->source = s->file;
	row->line = s->line;
}

static int judge(struct diff *diff, const void *ctx, const struct match_item *was, const struct match_item *is,
		 struct diff_row *row)
{
	const struct symbol_pairs *p = ctx;

	(void)diff;
	describe(was, is, row);
	if (row->change != CHANGE_MOVED)
		return 0;
	if (has_home(&p->builds->old, was->of) && has_home(&p->builds->new, is->of))
		row->from_place = was->place;
	else
		row->change = CHANGE_SAME;
	return 0;
}

/* ---- a map and an ELF ---- */

/* The ELF has all names, and sizes. A map has few static names, one of several at a place, and what is left of a
 * section. */
static bool is_vague_pair(const struct image_symbol *was, const struct image_symbol *is)
{
	const struct image_symbol *of_map = was->kind ? is : was, *of_elf = was->kind ? was : is;

	if (was->size_bytes == is->size_bytes)
		return false;
	return was->estimated || is->estimated || !was->size_bytes || !is->size_bytes ||
	       (of_map->size_bytes > of_elf->size_bytes && of_map->size_bytes - of_elf->size_bytes <= BEHIND_BYTES);
}

static bool is_vague_single(const struct image_symbol *s) { return s->size_bytes && (s->local || s->estimated); }

static int judge_mixed(struct diff *diff, const void *ctx, const struct match_item *was, const struct match_item *is,
		       struct diff_row *row)
{
	const struct symbol_pairs *p = ctx;
	const struct match_round *found_by = is ? p->pairs.found_by[is - p->pairs.new.items] : NULL;
	bool is_vague = found_by ? found_by->vague || is_vague_pair(was->of, is->of) :
				   is_vague_single((is ? is : was)->of);

	(void)diff;
	describe(was, is, row);
	*p->n_vague += is_vague;
	return is_vague || !(is ? is : was)->all_bytes || !diff_has_bytes(row) ? DIFF_NO_ROW : 0;
}

static int note_vague(struct diff *diff, size_t n_vague)
{
	return n_vague == 0 ? 0 :
			      diff_note(diff,
					"Symbols that are not compared: %zu. A map names few static ones, and does"
					" not tell all sizes; its ELF does.",
					n_vague);
}

/* ---- all of it ---- */

/* Only an ELF tells what is a function. */
static bool are_by_elf(const struct image *image)
{
	for (size_t i = 0; i < image->n_symbols; i++)
		if (image->symbols[i].kind)
			return true;
	return false;
}

int diff_symbols(struct diff *diff, const struct diff_builds *b, const struct diff_pairs *objects, bool with_objects)
{
	const struct image *old = b->old.image, *new = b->new.image;
	bool mixed = are_by_elf(old) != are_by_elf(new);
	uint32_t i_first = (uint32_t) new->n_objects;
	size_t n_vague = 0;
	struct symbol_pairs p = { .builds = b, .n_vague = &n_vague };
	const struct diff_rows rows = {
		.table = DIFF_SYMBOLS, .judge = mixed ? judge_mixed : judge, .ctx = &p, .with_empty = mixed
	};
	int r = diff_pairs_init(&p.pairs, old->n_symbols, new->n_symbols);

	if (r == 0) {
		fill(&p.pairs.old, &b->old, &objects->old, i_first, with_objects && !mixed, mixed);
		fill(&p.pairs.new, &b->new, NULL, i_first, with_objects && !mixed, mixed);
		r = mixed ? diff_match(&p.pairs, mixed_rounds, ARRAY_SIZE(mixed_rounds)) :
			    diff_match(&p.pairs, rounds_of_equals, ARRAY_SIZE(rounds_of_equals));
	}
	if (r == 0)
		r = diff_add_rows(diff, &p.pairs, &rows);
	diff_pairs_deinit(&p.pairs);
	return r < 0 ? r : note_vague(diff, n_vague);
}
