/* Who says what: claims become spans, each once. */
#include "memprof/layout/layout.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

const char *span_kind_name(enum span_kind kind)
{
	static const char *const names[N_SPAN_KINDS] = {
		[SPAN_MEMORY] = "memory",         [SPAN_REGION] = "region",
		[SPAN_BOOTLOADER] = "bootloader", [SPAN_TABLE] = "table",
		[SPAN_PARTITION] = "partition",   [SPAN_FIRMWARE] = "firmware",
		[SPAN_FILESYSTEM] = "filesystem", [SPAN_HEAP] = "heap",
		[SPAN_STACK] = "stack",           [SPAN_POOL] = "pool",
		[SPAN_RESERVED] = "reserved",     [SPAN_SECTION] = "section",
	};

	return names[kind];
}

const char *layout_call(struct layout *l, enum span_kind kind, const char *name)
{
	const char *word = kind == SPAN_FILESYSTEM ? "file system" :
			   kind == SPAN_TABLE      ? "partition table" :
						     span_kind_name(kind);

	if (strcmp(name, word) == 0)
		return arena_printf(&l->arena, "the %s", word);
	return *name ? arena_printf(&l->arena, "%s %s", word, name) : arena_printf(&l->arena, "a %s", word);
}

void layout_deinit(struct layout *l)
{
	vec_deinit(l, spaces);
	vec_deinit(l, spans);
	vec_deinit(l, mappings);
	vec_deinit(l, rooms);
	vec_deinit(l, chips);
	vec_deinit(l, slots);
	vec_deinit(l, gaps);
	vec_deinit(l, conflicts);
	vec_deinit(l, unplaced);
	vec_deinit(l, notes);
	vec_deinit(l, rows);
	vec_deinit(l, of_key);
	names_deinit(&l->texts);
	names_deinit(&l->keys);
	arena_deinit(&l->arena);
	*l = (struct layout){ 0 };
}

static void failed(struct layout *l) { l->error = -ENOMEM; }

/* Equal texts are one text: its number, or NAMES_NONE without memory. */
static uint32_t text_number(struct layout *l, const char *text)
{
	l->texts.arena = &l->arena;
	uint32_t number = names_add(&l->texts, text, strlen(text));
	if (number == NAMES_NONE)
		failed(l);
	return number;
}

static const char *text_once(struct layout *l, const char *text)
{
	uint32_t number = text ? text_number(l, text) : NAMES_NONE;

	return number == NAMES_NONE ? text ? "" : NULL : names_text(&l->texts, number);
}

/* ---- spaces ---- */

static uint32_t space_index(struct layout *l, const char *name)
{
	for (uint32_t i = 0; i < l->n_spaces; i++)
		if (strcmp(l->spaces[i].name, name) == 0)
			return i;
	struct layout_space *space = vec_add(l, spaces);
	if (!space) {
		failed(l);
		return LAYOUT_NONE;
	}
	*space = (struct layout_space){ text_once(l, name), LAYOUT_NONE };
	return (uint32_t)(l->n_spaces - 1);
}

/* ---- spans ---- */

/* What two claims on one span have in common. Without holes, as it is compared byte by byte. */
struct span_key {
	uint64_t start, size_bytes;
	uint32_t i_space, kind;
	uint64_t name; /* the number of its text; NOT_KNOWN: of any name */
};

/* The span that a key stands for, for both to read and to write; NULL without memory. */
static uint32_t *key_slot(struct layout *l, const struct span_key *key)
{
	l->keys.arena = &l->arena;
	uint32_t number = names_add(&l->keys, (const char *)key, sizeof(*key));
	if (number == NAMES_NONE)
		return NULL;
	if (number == l->n_of_key) {
		uint32_t *slot = vec_add(l, of_key);
		if (!slot)
			return NULL;
		*slot = LAYOUT_NONE;
	}
	return number < l->n_of_key ? &l->of_key[number] : NULL;
}

static void add_from(struct layout_span *span, const char *from)
{
	for (uint32_t i = 0; i < span->n_from; i++)
		if (span->from[i] == from)
			return;
	if (span->n_from < ARRAY_SIZE(span->from))
		span->from[span->n_from++] = from;
}

/* The span that this claim is about: one with its name, else the first of these bounds if one of the two has no
 * name, else a new one. */
static struct layout_span *find_span(struct layout *l, struct span_key key, const char *name)
{
	key.name = NOT_KNOWN;
	const uint32_t *any = key_slot(l, &key);
	uint32_t of_any = any ? *any : LAYOUT_NONE, found = LAYOUT_NONE;
	struct span_key named = key;
	named.name = text_number(l, name);
	const uint32_t *own = any ? key_slot(l, &named) : NULL;

	if (!own)
		return NULL;
	if (*own != LAYOUT_NONE)
		found = *own;
	else if (of_any != LAYOUT_NONE && (!*name || !*l->spans[of_any].name))
		found = of_any;
	if (found == LAYOUT_NONE) {
		if (l->n_spans >= LAYOUT_NONE - 1)
			return NULL;
		struct layout_span *span = vec_add(l, spans);
		if (!span)
			return NULL;
		found = (uint32_t)(l->n_spans - 1);
		*span = (struct layout_span){ .space = l->spaces[key.i_space].name,
					      .name = "",
					      .kind = (enum span_kind)key.kind,
					      .start = key.start,
					      .size_bytes = key.size_bytes,
					      .used_bytes = NOT_KNOWN,
					      .free_bytes = NOT_KNOWN,
					      .i_space = key.i_space,
					      .parent = LAYOUT_NONE,
					      .first_child = LAYOUT_NONE,
					      .next = LAYOUT_NONE };
	}
	*key_slot(l, &named) = found;
	if (of_any == LAYOUT_NONE)
		*key_slot(l, &key) = found;
	return &l->spans[found];
}

/* Its size, at most up to the end of all addresses. */
static uint64_t cut_size(struct layout *l, const struct layout_claim *claim)
{
	uint64_t up_to_end_bytes = UINT64_MAX - claim->start;

	if (claim->size_bytes - 1 <= up_to_end_bytes)
		return claim->size_bytes;
	layout_conflict(l, &(struct layout_conflict){
				   .space = claim->space,
				   .start = claim->start,
				   .between = { claim->name },
				   .what = arena_printf(&l->arena, "%s goes beyond the end of all addresses",
							layout_call(l, claim->kind, claim->name ? claim->name : "")) });
	return up_to_end_bytes + 1;
}

void layout_claim(struct layout *l, const struct layout_claim *claim)
{
	if (claim->size_bytes == 0 || claim->size_bytes == NOT_KNOWN)
		return;
	const char *name = claim->name ? claim->name : "";
	struct span_key key = { claim->start, cut_size(l, claim), space_index(l, claim->space), claim->kind, 0 };
	struct layout_span *span = key.i_space == LAYOUT_NONE ? NULL : find_span(l, key, name);
	if (!span) {
		failed(l);
		return;
	}
	if (!*span->name)
		span->name = text_once(l, name);
	if (span->used_bytes == NOT_KNOWN)
		span->used_bytes = claim->used_bytes;
	if (span->free_bytes == NOT_KNOWN)
		span->free_bytes = claim->free_bytes;
	if (claim->from)
		add_from(span, text_once(l, claim->from));
}

void layout_claim_unplaced(struct layout *l, const struct layout_unplaced *unplaced)
{
	struct layout_unplaced *new = vec_add(l, unplaced);

	if (!new) {
		failed(l);
		return;
	}
	*new = *unplaced;
	new->space = text_once(l, unplaced->space);
	new->memory = text_once(l, unplaced->memory);
	new->name = text_once(l, unplaced->name);
	new->from = text_once(l, unplaced->from);
}

/* ---- the rest ---- */

/* Whether b shows all that a does, at the same places. */
static bool maps_within(const struct layout_mapping *a, const struct layout_mapping *b)
{
	return a->space == b->space && a->to_space == b->to_space && a->start - b->start == a->to_start - b->to_start &&
	       a->start >= b->start && a->start - b->start <= b->size_bytes &&
	       a->size_bytes <= b->size_bytes - (a->start - b->start);
}

void layout_map(struct layout *l, const struct layout_mapping *mapping)
{
	if (mapping->size_bytes == 0 || mapping->size_bytes == NOT_KNOWN)
		return;
	struct layout_mapping m = *mapping;
	m.space = text_once(l, mapping->space);
	m.to_space = text_once(l, mapping->to_space);
	for (size_t i = 0; i < l->n_mappings; i++) {
		struct layout_mapping *old = &l->mappings[i];
		if (maps_within(&m, old))
			return;
		if (maps_within(old, &m)) {
			*old = m;
			return;
		}
	}
	struct layout_mapping *new = vec_add(l, mappings);
	if (new)
		*new = m;
	else
		failed(l);
}

void layout_conflict(struct layout *l, const struct layout_conflict *conflict)
{
	struct layout_conflict *new = vec_add(l, conflicts);

	if (!new) {
		failed(l);
		return;
	}
	*new = *conflict;
	new->space = text_once(l, conflict->space);
	for (size_t i = 0; i < ARRAY_SIZE(new->between); i++)
		new->between[i] = text_once(l, conflict->between[i]);
	new->what = arena_text(&l->arena, conflict->what, strlen(conflict->what));
}

void layout_room(struct layout *l, const struct layout_room *room)
{
	if (room->size_bytes == 0 || room->size_bytes == NOT_KNOWN)
		return;
	struct layout_room *new = vec_add(l, rooms);
	if (new)
		*new = (struct layout_room){ text_once(l, room->space), room->start, room->size_bytes };
	else
		failed(l);
}

void layout_chip(struct layout *l, const char *name, const char *from)
{
	struct layout_chip *new = vec_add(l, chips);

	if (new)
		*new = (struct layout_chip){ text_once(l, name), text_once(l, from) };
	else
		failed(l);
}

/* A port of a TCP source is no line. */
size_t layout_from_bytes(const char *from)
{
	size_t n = strlen(from), n_digits = 0;

	while (n_digits < n && from[n - 1 - n_digits] >= '0' && from[n - 1 - n_digits] <= '9')
		n_digits++;
	return n_digits > 0 && n_digits + 1 < n && from[n - 1 - n_digits] == ':' && strncmp(from, "tcp:", 4) != 0 ?
		       n - 1 - n_digits :
		       n;
}

void layout_note(struct layout *l, const char *format, ...)
{
	const char **note = vec_add(l, notes);
	va_list ap;

	va_start(ap, format);
	if (note)
		*note = arena_vprintf(&l->arena, format, ap);
	else
		failed(l);
	va_end(ap);
}
