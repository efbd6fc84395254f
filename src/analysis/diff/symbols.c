/* Which symbol of one build is which of another: round by round with ever less that must be the same. */
#include <errno.h>
#include <stdlib.h>

#include "diff/private.h"

enum {
	RENAMED_MIN_BYTES = 8, /* smaller ones are of one size by chance */
	BEHIND_BYTES = 4,      /* of a function in its section: padding, literals of assembly */
};

/* A symbol with bytes, and what is compared of it. */
struct item {
	const struct image_symbol *symbol;
	struct image_slice plain; /* its name without what compilers add */
	unsigned parts;
	uint32_t object; /* one number for both builds; IMAGE_NONE */
};
struct side {
	const struct image *image;
	const struct image_scope *scope;
	struct item *items;
	struct match_side match;
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

static int side_init(struct side *side, const struct image *image, const struct image_scope *scope,
		     const struct match_side *partners, uint32_t i_first, bool with_objects, bool mixed)
{
	size_t n = 0;

	*side = (struct side){ .image = image, .scope = scope };
	for (size_t i = 0; i < image->n_symbols; i++)
		n += counts(image, &image->symbols[i], mixed);
	side->items = malloc((n + 1) * sizeof(*side->items));
	if (!side->items || match_side_init(&side->match, n) < 0)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < image->n_symbols; i++) {
		const struct image_symbol *s = &image->symbols[i];
		if (!counts(image, s, mixed))
			continue;
		struct item *item = &side->items[n++];
		item->symbol = s;
		item->plain = diff_plain_name(s->name, &item->parts);
		item->object = with_objects ? object_of(s, partners, i_first) : IMAGE_NONE;
	}
	return 0;
}

static void side_deinit(struct side *side)
{
	free(side->items);
	match_side_deinit(&side->match);
}

/* ---- rounds ---- */

/* Those with a number in their name by size first, as one more in a source makes others of all that follow. */
static struct match_key by_numbered_name_and_size(const struct item *item)
{
	const struct image_symbol *s = item->symbol;

	return (struct match_key){ diff_unnumbered_name(s->name).text,
				   s->name.n_bytes,
				   { item->object, s->size_bytes } };
}

static struct match_key by_unnumbered_name_and_size(const struct item *item)
{
	struct image_slice name = diff_unnumbered_name(item->symbol->name);

	return (struct match_key){ name.text, name.n_bytes, { item->object, item->symbol->size_bytes } };
}

static struct match_key by_name(const struct item *item)
{
	return (struct match_key){ item->symbol->name.text, item->symbol->name.n_bytes, { item->object } };
}

static struct match_key by_plain_name_and_part(const struct item *item)
{
	return (struct match_key){ item->plain.text, item->plain.n_bytes, { item->object, item->parts } };
}

static struct match_key by_plain_name(const struct item *item)
{
	return (struct match_key){ item->plain.text, item->plain.n_bytes, { item->object } };
}

static struct match_key by_name_elsewhere(const struct item *item)
{
	return (struct match_key){ item->symbol->name.text, item->symbol->name.n_bytes, { item->symbol->size_bytes } };
}

static struct match_key by_size_elsewhere(const struct item *item)
{
	return (struct match_key){ item->plain.text, item->plain.n_bytes, { item->symbol->size_bytes, item->parts } };
}

static struct match_key alone_elsewhere(const struct item *item)
{
	return (struct match_key){ item->plain.text, item->plain.n_bytes, { item->parts } };
}

static struct match_key by_size_here(const struct item *item)
{
	bool enough = item->symbol->size_bytes >= RENAMED_MIN_BYTES && item->object != IMAGE_NONE &&
		      item->object >= N_PSEUDO_OBJECTS;

	return (struct match_key){ enough ? "" : NULL, 0, { item->object, item->symbol->size_bytes } };
}

/* A map may have "f" twice: as it is, and for the section .text.unlikely.f, in which f.cold is. */
static struct match_key by_printed_name(const struct item *item)
{
	bool derived = item->symbol->local && !item->symbol->kind;

	return (struct match_key){ derived ? NULL : item->symbol->name.text, item->symbol->name.n_bytes, { 0 } };
}

struct round {
	struct match_key (*key)(const struct item *item);
	enum match_how how;
	bool elsewhere; /* what it finds has moved to another object */
	bool renamed;   /* … has another name, if that is like the old one */
	bool vague;     /* … cannot be compared */
};
struct rounds {
	const struct round *list;
	size_t n;
};
static const struct round rounds_of_equals[] = {
	{ by_numbered_name_and_size, MATCH_IN_ORDER, false, false, false },
	{ by_unnumbered_name_and_size, MATCH_IN_ORDER, false, false, false },
	{ by_name, MATCH_IN_ORDER, false, false, false },
	{ by_plain_name_and_part, MATCH_IN_ORDER, false, false, false },
	{ by_plain_name, MATCH_IN_ORDER, false, false, false },
	{ by_name_elsewhere, MATCH_IN_ORDER, true, false, false },
	{ by_size_elsewhere, MATCH_IN_ORDER, true, false, false },
	{ alone_elsewhere, MATCH_SINGLE, true, false, false },
	{ by_size_here, MATCH_SINGLE, false, true, false },
};
static const struct round mixed_rounds[] = {
	/* of a map and an ELF */
	{ by_printed_name, MATCH_SINGLE, false, false, false },
	{ by_name, MATCH_SINGLE, false, false, false },
	{ by_plain_name_and_part, MATCH_SINGLE, false, false, false },
	{ by_plain_name, MATCH_IN_ORDER, false, false, true },
};

static void set_keys(struct side *side, const struct round *round)
{
	for (size_t i = 0; i < side->match.n; i++) {
		side->match.keys[i] = (struct match_key){ 0 };
		if (side->match.partner[i] == MATCH_NONE)
			side->match.keys[i] = round->key(&side->items[i]);
	}
}

/* Takes the pairs of a round apart whose names are not alike. */
static void drop_unlike_pairs(struct side *old, struct side *new)
{
	for (size_t i = 0; i < new->match.n; i++) {
		uint32_t partner = new->match.partner[i];
		if (!new->match.keys[i].text || partner == MATCH_NONE)
			continue;
		struct image_slice a = old->items[partner].plain, b = new->items[i].plain;
		if (!match_similar(a.text, a.n_bytes, b.text, b.n_bytes))
			old->match.partner[partner] = new->match.partner[i] = MATCH_NONE;
	}
}

/* The round that found each pair is left in ret_round. */
static int match(struct side *old, struct side *new, struct rounds rounds, const struct round **ret_round)
{
	for (const struct round *round = rounds.list; round < rounds.list + rounds.n; round++) {
		set_keys(old, round);
		set_keys(new, round);
		int r = match_round(&old->match, &new->match, round->how);
		if (r < 0)
			return r;
		if (round->renamed)
			drop_unlike_pairs(old, new);
		for (size_t i = 0; i < new->match.n; i++)
			if (!ret_round[i] && new->match.partner[i] != MATCH_NONE)
				ret_round[i] = round;
	}
	return 0;
}

/* ---- rows ---- */

static const struct image_object *home_of(const struct side *side, const struct item *item)
{
	return item->symbol->object == IMAGE_NONE ? NULL : &side->image->objects[item->symbol->object];
}

static enum diff_change change_of(const struct round *round, const struct image_object *from,
				  const struct image_object *to)
{
	if (round->renamed)
		return CHANGE_RENAMED;
	return round->elsewhere && from && to && !image_object_is_lto(from) && !image_object_is_lto(to) ? CHANGE_MOVED :
													  CHANGE_SAME;
}

static int add_pair(struct diff *diff, const struct side *old, const struct item *was, const struct side *new,
		    const struct item *is, const struct round *round)
{
	const struct image_object *from = home_of(old, was), *to = home_of(new, is);
	struct diff_row row = diff_no_row;

	row.old_bytes = image_scope_symbol_bytes(old->scope, was->symbol);
	row.new_bytes = image_scope_symbol_bytes(new->scope, is->symbol);
	if (!diff_has_bytes(&row))
		return 0;
	row.linkage = is->symbol->linkage;
	row.from_linkage = was->symbol->linkage;
	row.place = to ? to->key : NULL;
	row.change = change_of(round, from, to);
	if (row.change == CHANGE_MOVED)
		row.from_place = from->key;
	return diff_add(diff, DIFF_SYMBOLS, &row, is->symbol->name, was->symbol->name);
}

static int add_single(struct diff *diff, const struct side *side, const struct item *item, bool is_new)
{
	const struct image_object *home = home_of(side, item);
	struct diff_row row = diff_no_row;

	*(is_new ? &row.new_bytes : &row.old_bytes) = image_scope_symbol_bytes(side->scope, item->symbol);
	if (!diff_has_bytes(&row))
		return 0;
	row.linkage = item->symbol->linkage;
	row.place = home ? home->key : NULL;
	return diff_add(diff, DIFF_SYMBOLS, &row, item->symbol->name, slice_of(NULL));
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

static int add_mixed_single(struct diff *diff, const struct side *side, const struct item *item, bool is_new,
			    size_t *n_vague)
{
	*n_vague += is_vague_single(item->symbol);
	return !item->symbol->size_bytes || is_vague_single(item->symbol) ? 0 : add_single(diff, side, item, is_new);
}

static int add_mixed_rows(struct diff *diff, const struct side *old, const struct side *new,
			  const struct round **round_of)
{
	size_t n_vague = 0;
	int r = 0;

	for (size_t i = 0; i < new->match.n &&r == 0; i++) {
		const struct item *is = &new->items[i];
		if (!round_of[i]) {
			r = add_mixed_single(diff, new, is, true, &n_vague);
			continue;
		}
		const struct item *was = &old->items[new->match.partner[i]];
		if (round_of[i]->vague || is_vague_pair(was->symbol, is->symbol))
			n_vague++;
		else if (is->symbol->size_bytes)
			r = add_pair(diff, old, was, new, is, round_of[i]);
	}
	for (size_t i = 0; i < old->match.n && r == 0; i++)
		if (old->match.partner[i] == MATCH_NONE)
			r = add_mixed_single(diff, old, &old->items[i], false, &n_vague);
	if (r == 0 && n_vague)
		r = diff_note(diff,
			      "Symbols that are not compared: %zu. A map names few static ones, and does not tell"
			      " all sizes; its ELF does.",
			      n_vague);
	return r;
}

/* ---- all of it ---- */

static int add_rows(struct diff *diff, const struct side *old, const struct side *new, const struct round **round_of)
{
	int r = 0;

	for (size_t i = 0; i < new->match.n &&r == 0; i++) {
		uint32_t partner = new->match.partner[i];
		r = partner == MATCH_NONE ? add_single(diff, new, &new->items[i], true) :
					    add_pair(diff, old, &old->items[partner], new, &new->items[i], round_of[i]);
	}
	for (size_t i = 0; i < old->match.n && r == 0; i++)
		if (old->match.partner[i] == MATCH_NONE)
			r = add_single(diff, old, &old->items[i], false);
	return r;
}

/* Only an ELF tells what is a function. */
static bool are_by_elf(const struct image *image)
{
	for (size_t i = 0; i < image->n_symbols; i++)
		if (image->symbols[i].kind)
			return true;
	return false;
}

int diff_symbols(struct diff *diff, const struct image *old, const struct image *new,
		 const struct diff_objects *objects, const struct diff_scopes *scopes, bool with_objects)
{
	bool mixed = are_by_elf(old) != are_by_elf(new);
	uint32_t i_first = (uint32_t) new->n_objects;
	struct side was = { 0 }, is = { 0 };
	int r = side_init(&was, old, &scopes->old, &objects->pairs.old, i_first, with_objects && !mixed, mixed);

	if (r == 0)
		r = side_init(&is, new, &scopes->new, NULL, i_first, with_objects && !mixed, mixed);
	struct rounds rounds = mixed ? (struct rounds){ mixed_rounds, ARRAY_SIZE(mixed_rounds) } :
				       (struct rounds){ rounds_of_equals, ARRAY_SIZE(rounds_of_equals) };
	const struct round **round_of = r == 0 ? calloc(is.match.n + 1, sizeof(const struct round *)) : NULL;
	if (r == 0)
		r = round_of ? match(&was, &is, rounds, round_of) : -ENOMEM;
	if (r == 0)
		r = (mixed ? add_mixed_rows : add_rows)(diff, &was, &is, round_of);
	free(round_of);
	side_deinit(&was);
	side_deinit(&is);
	return r;
}
