/* Conflicts of inputs with the named board: addresses that it does not have, and other chips. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/image/esp_chip.h"
#include "resolve_parts.h"

/* ---- addresses ---- */

/* The spans of one input outside of the board's memories. */
struct input_mismatch {
	const char *from; /* the name of the input, in the text of a span */
	size_t from_bytes;
	uint32_t n, i_largest; /* without regions */
	uint32_t n_regions, i_region;
	bool any_inside;
};

enum { MISMATCHES_MAX = 32 }; /* more inputs are ignored */

static bool in_board_ranges(const struct layout *l, const char *space, uint64_t start, uint64_t size_bytes)
{
	for (size_t i = 0; i < l->n_board_ranges; i++)
		if (l->board_ranges[i].space == space &&
		    layout_overlap(l->board_ranges[i].start, l->board_ranges[i].size_bytes, start, size_bytes))
			return true;
	return false;
}

/* Also at the second address of an SRAM, known from the firmware image only. */
static bool is_on_board(const struct layout *l, const struct layout_span *span)
{
	if (in_board_ranges(l, span->space, span->start, span->size_bytes))
		return true;
	for (size_t i = 0; i < l->n_mappings; i++) {
		const struct layout_mapping *m = &l->mappings[i];
		if (m->space == span->space && m->to_space == span->space && span->start >= m->start &&
		    span->start - m->start < m->size_bytes &&
		    in_board_ranges(l, m->to_space, m->to_start + (span->start - m->start), 1))
			return true;
	}
	return false;
}

static struct input_mismatch *find_input(struct input_mismatch *all, size_t *n, const char *from)
{
	size_t n_bytes = layout_from_bytes(from);

	for (size_t i = 0; i < *n; i++)
		if (all[i].from_bytes == n_bytes && memcmp(all[i].from, from, n_bytes) == 0)
			return &all[i];
	if (*n == MISMATCHES_MAX)
		return NULL;
	all[*n] = (struct input_mismatch){ .from = from, .from_bytes = n_bytes };
	return &all[(*n)++];
}

/* An empty region may be of another model of the chip. */
static void count_span(const struct layout *l, uint32_t i, struct input_mismatch *m)
{
	const struct layout_span *span = &l->spans[i];

	if (is_on_board(l, span)) {
		m->any_inside = true;
	} else if (span->kind == SPAN_REGION) {
		if (m->n_regions++ == 0)
			m->i_region = i;
	} else if (m->n++ == 0 || span->size_bytes > l->spans[m->i_largest].size_bytes) {
		m->i_largest = i;
	}
}

/* "firmware.map" of "build/firmware.map"; the name of a source as it is. */
static const char *file_name(struct layout *l, const char *from, size_t n_bytes)
{
	size_t start = n_bytes;

	while (start > 0 && from[start - 1] != '/')
		start--;
	if (memchr(from, ':', start) || start == n_bytes)
		start = 0;
	return arena_text(&l->arena, from + start, n_bytes - start);
}

static void report_mismatch(struct layout *l, const struct input_mismatch *m)
{
	bool of_regions = m->n == 0;
	const struct layout_span *span = &l->spans[of_regions ? m->i_region : m->i_largest];
	uint32_t n_more = (of_regions ? m->n_regions : m->n) - 1;
	const char *more = n_more ? arena_printf(&l->arena, " and %" PRIu32 " more", n_more) : "";

	layout_conflict(l, &(struct layout_range){ span->space, span->start, span->size_bytes }, span->name, l->board,
			"%s%s of %s %s in no memory of board %s: is it for this board?",
			layout_call(l, span->kind, span->name), more, file_name(l, m->from, m->from_bytes),
			n_more ? "lie" : "lies", l->board);
}

static void find_address_mismatches(struct layout *l)
{
	struct input_mismatch mismatches[MISMATCHES_MAX];
	size_t n = 0;

	for (uint32_t i = 0; i < l->n_spans; i++) {
		const struct layout_span *span = &l->spans[i];
		if (strcmp(span->space, LAYOUT_CPU) != 0 || span->kind == SPAN_MEMORY || span->shown_by ||
		    span->n_from == 0)
			continue;
		struct input_mismatch *m = find_input(mismatches, &n, span->from[0]);
		if (m)
			count_span(l, i, m);
	}
	for (size_t i = 0; i < n; i++)
		if (mismatches[i].n > 0 || (mismatches[i].n_regions > 0 && !mismatches[i].any_inside))
			report_mismatch(l, &mismatches[i]);
}

static bool has_board_addresses(const struct layout *l)
{
	for (size_t i = 0; i < l->n_board_ranges; i++)
		if (strcmp(l->board_ranges[i].space, LAYOUT_CPU) == 0)
			return true;
	return false;
}

/* ---- chips ---- */

/* The first n letters and digits of a name distinguish the chips of a family; the package follows. */
static const struct {
	const char *prefix;
	size_t n_chars;
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

/* The number of its family; SIZE_MAX: unknown. */
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
	for (size_t i = 0; i < families[family].n_chars && x[i] && y[i]; i++)
		if (x[i] != y[i] && x[i] != 'x' && y[i] != 'x') /* STM32F40x */
			return true;
	return false;
}

static void find_chip_mismatches(struct layout *l)
{
	for (size_t i = 0; l->mcu && i < l->n_chips; i++) {
		const struct layout_chip *chip = &l->chips[i];
		const struct esp_chip *esp = esp_chip_by_name(chip->name);
		if (are_two_chips(l->mcu, chip->name))
			layout_conflict(l, &(struct layout_range){ LAYOUT_CPU, 0, 0 }, chip->from, l->board,
					"%s is for %s, board %s has %s", file_name(l, chip->from, strlen(chip->from)),
					esp ? esp->title : chip->name, l->board, l->mcu);
	}
}

void layout_find_board_mismatches(struct layout *l)
{
	if (!l->board)
		return;
	find_chip_mismatches(l);
	if (has_board_addresses(l))
		find_address_mismatches(l);
}
