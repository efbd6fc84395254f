/* Claims become spans, each once. */
#include "memprof/layout/layout.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "resolve_parts.h"

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
	vec_deinit(l, board_ranges);
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

/* The number of a text; equal texts are stored once. NAMES_NONE without memory. */
static uint32_t text_number(struct layout *l, const char *text)
{
	l->texts.arena = &l->arena;
	uint32_t number = names_add(&l->texts, text, strlen(text));
	if (number == NAMES_NONE)
		l->error = -ENOMEM;
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
	LAYOUT_ADD(l, spaces, ((struct layout_space){ text_once(l, name), LAYOUT_NONE }));
	return l->error ? LAYOUT_NONE : (uint32_t)(l->n_spaces - 1);
}

/* ---- spans ---- */

/* The same for two claims of one span. Without padding, as it is compared byte by byte. */
struct span_key {
	uint64_t start, size_bytes;
	uint32_t i_space, kind;
	uint64_t name; /* the number of its text; NOT_KNOWN: any name */
};

/* The entry for the span of a key; NULL without memory. */
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

/* The span of a claim: one with its name, otherwise the first of these bounds if one of the two has no name, otherwise
 * a new one. */
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
	uint32_t *const slots[] = { key_slot(l, &named), of_any == LAYOUT_NONE ? key_slot(l, &key) : NULL };
	for (size_t i = 0; i < ARRAY_SIZE(slots); i++)
		if (slots[i])
			*slots[i] = found;
	return &l->spans[found];
}

/* Its size, at most up to the last address. */
static uint64_t clipped_size(struct layout *l, const struct layout_claim *claim)
{
	uint64_t up_to_end_bytes = UINT64_MAX - claim->start;

	if (claim->size_bytes - 1 <= up_to_end_bytes)
		return claim->size_bytes;
	layout_conflict(l, &(struct layout_range){ claim->space, claim->start, 0 }, claim->name, NULL,
			"%s extends beyond the last address",
			layout_call(l, claim->kind, claim->name ? claim->name : ""));
	return up_to_end_bytes + 1;
}

void layout_claim(struct layout *l, const struct layout_claim *claim)
{
	if (claim->size_bytes == 0 || claim->size_bytes == NOT_KNOWN)
		return;
	const char *name = claim->name ? claim->name : "";
	struct span_key key = { claim->start, clipped_size(l, claim), space_index(l, claim->space), claim->kind, 0 };
	struct layout_span *span = key.i_space == LAYOUT_NONE ? NULL : find_span(l, key, name);
	if (!span) {
		l->error = -ENOMEM;
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

void layout_claim_range(struct layout *l, const char *space, enum span_kind kind, const char *name, uint64_t start,
			uint64_t size_bytes, const char *from)
{
	layout_claim(l, &(struct layout_claim){ space, start, size_bytes, name, kind, NOT_KNOWN, NOT_KNOWN, from });
}

void layout_claim_unplaced(struct layout *l, const struct layout_unplaced *unplaced)
{
	struct layout_unplaced copy = *unplaced;

	copy.space = text_once(l, unplaced->space);
	copy.memory = text_once(l, unplaced->memory);
	copy.name = text_once(l, unplaced->name);
	copy.from = text_once(l, unplaced->from);
	LAYOUT_ADD(l, unplaced, copy);
}

/* ---- other facts ---- */

/* Whether b shows everything that a shows, at the same addresses. */
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
	LAYOUT_ADD(l, mappings, m);
}

void layout_conflict(struct layout *l, const struct layout_range *at, const char *one, const char *other,
		     const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	LAYOUT_ADD(l, conflicts,
		   ((struct layout_conflict){ .space = text_once(l, at->space),
					      .start = at->start,
					      .size_bytes = at->size_bytes,
					      .between = { text_once(l, one), text_once(l, other) },
					      .what = arena_vprintf(&l->arena, format, ap) }));
	va_end(ap);
}

void layout_add_board_range(struct layout *l, const char *space, uint64_t start, uint64_t size_bytes)
{
	if (size_bytes != 0 && size_bytes != NOT_KNOWN)
		LAYOUT_ADD(l, board_ranges, ((struct layout_range){ text_once(l, space), start, size_bytes }));
}

void layout_chip(struct layout *l, const char *name, const char *from)
{
	LAYOUT_ADD(l, chips, ((struct layout_chip){ text_once(l, name), text_once(l, from) }));
}

/* The port of a TCP source or a WebREPL is not a line number. */
size_t layout_from_bytes(const char *from)
{
	size_t n = strlen(from), n_digits = 0;

	while (n_digits < n && from[n - 1 - n_digits] >= '0' && from[n - 1 - n_digits] <= '9')
		n_digits++;
	return n_digits > 0 && n_digits + 1 < n && from[n - 1 - n_digits] == ':' && strncmp(from, "tcp:", 4) != 0 &&
			       strncmp(from, "gdb:", 4) != 0 && strncmp(from, "ws:", 3) != 0 ?
		       n - 1 - n_digits :
		       n;
}

void layout_note(struct layout *l, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	const char *text = arena_vprintf(&l->arena, format, ap);
	va_end(ap);
	for (size_t i = 0; text && i < l->n_notes; i++)
		if (strcmp(l->notes[i], text) == 0) /* two inputs tell it */
			return;
	LAYOUT_ADD(l, notes, text);
}
