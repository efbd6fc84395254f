/* What inputs say that cannot be of the board that was named: addresses where it has nothing, and other chips. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/image/esp_chip.h"
#include "resolve_parts.h"

/* ---- addresses ---- */

struct stranger {
	const char *from; /* the input, in a span's text */
	size_t from_bytes;
	uint32_t n, i_largest; /* of what lies outside, regions left out */
	uint32_t n_regions, i_region;
	bool any_inside;
};

/* More inputs than these are not told of. */
enum { STRANGERS_MAX = 32 };

static bool in_rooms(const struct layout *l, const char *space, uint64_t start, uint64_t size_bytes)
{
	for (size_t i = 0; i < l->n_rooms; i++)
		if (l->rooms[i].space == space &&
		    layout_overlap(l->rooms[i].start, l->rooms[i].size_bytes, start, size_bytes))
			return true;
	return false;
}

/* Also at the other address of an SRAM, which only the firmware tells of. */
static bool is_on_board(const struct layout *l, const struct layout_span *span)
{
	if (in_rooms(l, span->space, span->start, span->size_bytes))
		return true;
	for (size_t i = 0; i < l->n_mappings; i++) {
		const struct layout_mapping *m = &l->mappings[i];
		if (m->space == span->space && m->to_space == span->space && span->start >= m->start &&
		    span->start - m->start < m->size_bytes &&
		    in_rooms(l, m->to_space, m->to_start + (span->start - m->start), 1))
			return true;
	}
	return false;
}

static struct stranger *of_input(struct stranger *all, size_t *n, const char *from)
{
	size_t n_bytes = layout_from_bytes(from);

	for (size_t i = 0; i < *n; i++)
		if (all[i].from_bytes == n_bytes && memcmp(all[i].from, from, n_bytes) == 0)
			return &all[i];
	if (*n == STRANGERS_MAX)
		return NULL;
	all[*n] = (struct stranger){ .from = from, .from_bytes = n_bytes };
	return &all[(*n)++];
}

/* A region that nothing is in may well be of another model of the chip. */
static void count(const struct layout *l, uint32_t i, struct stranger *s)
{
	const struct layout_span *span = &l->spans[i];

	if (is_on_board(l, span)) {
		s->any_inside = true;
	} else if (span->kind == SPAN_REGION) {
		if (s->n_regions++ == 0)
			s->i_region = i;
	} else if (s->n++ == 0 || span->size_bytes > l->spans[s->i_largest].size_bytes) {
		s->i_largest = i;
	}
}

/* "firmware.map" of "build/firmware.map"; a source that is no file as it is. */
static const char *short_name(struct layout *l, const struct stranger *s)
{
	size_t start = s->from_bytes;

	while (start > 0 && s->from[start - 1] != '/')
		start--;
	if (memchr(s->from, ':', start) || start == s->from_bytes)
		start = 0;
	return arena_text(&l->arena, s->from + start, s->from_bytes - start);
}

static void say_stranger(struct layout *l, const struct stranger *s)
{
	bool of_regions = s->n == 0;
	const struct layout_span *span = &l->spans[of_regions ? s->i_region : s->i_largest];
	uint32_t n_more = (of_regions ? s->n_regions : s->n) - 1;
	const char *more = n_more ? arena_printf(&l->arena, " and %" PRIu32 " more", n_more) : "";

	layout_conflict(l, &(struct layout_conflict){
				   .space = span->space,
				   .start = span->start,
				   .size_bytes = span->size_bytes,
				   .between = { span->name, l->board },
				   .what = arena_printf(&l->arena,
							"%s%s of %s %s in no memory of board %s: is it for this board?",
							layout_call(l, span->kind, span->name), more ? more : "",
							short_name(l, s), n_more ? "lie" : "lies", l->board) });
}

static void find_elsewhere(struct layout *l)
{
	struct stranger strangers[STRANGERS_MAX];
	size_t n = 0;

	for (uint32_t i = 0; i < l->n_spans; i++) {
		const struct layout_span *span = &l->spans[i];
		if (strcmp(span->space, LAYOUT_CPU) != 0 || span->kind == SPAN_MEMORY || span->shown_by ||
		    span->n_from == 0)
			continue;
		struct stranger *s = of_input(strangers, &n, span->from[0]);
		if (s)
			count(l, i, s);
	}
	for (size_t i = 0; i < n; i++)
		if (strangers[i].n > 0 || (strangers[i].n_regions > 0 && !strangers[i].any_inside))
			say_stranger(l, &strangers[i]);
}

static bool knows_addresses(const struct layout *l)
{
	for (size_t i = 0; i < l->n_rooms; i++)
		if (strcmp(l->rooms[i].space, LAYOUT_CPU) == 0)
			return true;
	return false;
}

/* ---- chips ---- */

/* How many letters and digits of a name tell one chip of these families from another; what follows is the package. */
static const struct {
	const char *prefix;
	size_t n_telling;
} families[] = {
	{ "rp2", 6 }, { "stm32", 9 }, { "nrf", 8 }, { "samd", 6 }, { "mimxrt", 10 }, { "esp8", 7 },
};

enum { CHIP_CHARS = 24 };

static void plain_name(const char *name, char *ret)
{
	size_t n = 0;

	for (; *name && n < CHIP_CHARS - 1; name++)
		if (isalnum((unsigned char)*name))
			ret[n++] = (char)tolower((unsigned char)*name);
	ret[n] = '\0';
}

/* "esp32s3" of "esp32s3fh4r2". */
static const struct esp_chip *esp_chip_in(const char *plain)
{
	char name[CHIP_CHARS];
	const struct esp_chip *chip = NULL;

	for (size_t n = strlen(plain); !chip && n >= 5; n--) {
		memcpy(name, plain, n);
		name[n] = '\0';
		chip = esp_chip_by_name(name);
	}
	return chip;
}

/* The number of its family; SIZE_MAX: none that is known, which says nothing. */
static size_t family_of(const char *plain)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (strncmp(plain, families[i].prefix, strlen(families[i].prefix)) == 0)
			return i;
	return strncmp(plain, "esp32", 5) == 0 ? ARRAY_SIZE(families) : SIZE_MAX;
}

static bool are_two_chips(const char *a, const char *b)
{
	char x[CHIP_CHARS], y[CHIP_CHARS];

	plain_name(a, x);
	plain_name(b, y);
	size_t family = family_of(x);
	if (family == SIZE_MAX || family_of(y) == SIZE_MAX || family != family_of(y))
		return family != SIZE_MAX && family_of(y) != SIZE_MAX;
	if (family == ARRAY_SIZE(families))
		return esp_chip_in(x) != esp_chip_in(y);
	for (size_t i = 0; i < families[family].n_telling && x[i] && y[i]; i++)
		if (x[i] != y[i] && x[i] != 'x' && y[i] != 'x') /* STM32F40x */
			return true;
	return false;
}

static void find_other_chips(struct layout *l)
{
	for (size_t i = 0; l->mcu && i < l->n_chips; i++) {
		const struct layout_chip *chip = &l->chips[i];
		struct stranger s = { .from = chip->from, .from_bytes = strlen(chip->from) };
		const struct esp_chip *esp = esp_chip_by_name(chip->name);
		if (are_two_chips(l->mcu, chip->name))
			layout_conflict(l,
					&(struct layout_conflict){
						.space = LAYOUT_CPU,
						.between = { chip->from, l->board },
						.what = arena_printf(&l->arena, "%s is for %s, board %s has %s",
								     short_name(l, &s), esp ? esp->title : chip->name,
								     l->board, l->mcu) });
	}
}

void layout_find_strangers(struct layout *l)
{
	if (!l->board)
		return;
	find_other_chips(l);
	if (knows_addresses(l))
		find_elsewhere(l);
}
