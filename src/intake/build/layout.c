/* What inputs tell of the memory of a board, and each other. */
#include "memprof/intake/layout.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/image/esp_chip.h"
#include "memprof/image/partitions.h"
#include "memprof/input/board_lookup.h"
#include "memprof/input/build.h"
#include "memprof/input/picobin_file.h"
#include "memprof/layout/board_file.h"
#include "memprof/model/board.h"

struct gathering {
	const struct layout_spec *spec;
	struct layout *layout;
	int error; /* 0 or -EINVAL: something could not be read */
	struct board_file *board;
	struct ldscript script;
	bool has_script;
	const struct esp_chip *chip; /* that the first of them is of; NULL */
	const char *chip_from;
	struct firmware_file bin; /* all-zero without it */
	uint64_t app_bytes;       /* of its .bin, at least; NOT_KNOWN */
	const char *app_from;
	bool app_is_other;    /* than MicroPython, which makes a file system */
	uint64_t flash_bytes; /* NOT_KNOWN */
};

/* r: what a reader answered. */
static bool is_read(struct gathering *g, int r, const struct diag *diag)
{
	if (r >= 0)
		return true;
	g->error = -EINVAL;
	notice_at(&g->spec->notices, diag->at, "error", "%s", diag->text[0] ? diag->text : strerror(-r));
	return false;
}

/* The first one tells where the boot loader lies. NULL: nothing was told. */
static void learn_chip(struct gathering *g, const struct esp_chip *chip, const char *from)
{
	if (chip && g->chip && chip != g->chip)
		layout_conflict(g->layout, &(struct layout_range){ LAYOUT_FLASH, 0, 0 }, g->chip_from, from,
				"%s is for the %s, %s for the %s", g->chip_from, g->chip->title, from, chip->title);
	if (chip && !g->chip) {
		g->chip = chip;
		g->chip_from = from;
	}
}

/* ---- the board, the script ---- */

static void read_board(struct gathering *g)
{
	const char *name = g->spec->board;
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct diag diag = { 0 };

	if (name && is_read(g, board_file_find(name, &path, &g->board, &diag), &diag))
		learn_chip(g, esp_chip_by_name(g->board->mcu), name);
}

static void read_script(struct gathering *g)
{
	struct diag diag = { 0 };

	if (!g->spec->scripts.names)
		return;
	g->has_script = is_read(g, linker_scripts_read(&g->spec->scripts, &g->script, &diag), &diag);
	if (g->has_script)
		layout_ldscript(g->layout, &g->script, g->flash_bytes);
}

/* ---- builds ---- */

static void claim_image(struct gathering *g, const struct image *image)
{
	layout_image(g->layout, image, g->flash_bytes);
	if (!layout_image_is_esp_idf(image))
		return;
	learn_chip(g, image->target ? esp_chip_by_name(image->target) : NULL, image->name);
	g->app_bytes = layout_app_bytes_at_least(image);
	g->app_from = image->name;
	g->app_is_other = !layout_image_is_micropython(image);
}

/* What should be of one build and is not fits together as little as any other conflict. */
static void conflict_other_build(const struct gathering *g, const struct image *map, const struct image *elf)
{
	layout_conflict(g->layout, &(struct layout_range){ LAYOUT_CPU, 0, 0 }, elf->name, map->name, "%s",
			map->notes[MIN(map->n_notes, (uint64_t)IMAGE_NOTES_MAX) - 1]);
}

static void claim_build(struct gathering *g, const char *map, const char *elf)
{
	const struct build_spec spec = { .map = map, .elf = elf, .want = IMAGE_WANT_SYMBOLS };
	struct diag diag = { 0 };
	struct build b;
	int r = build_read(&b, &spec, &diag);

	if (r == IMAGE_OTHER_BUILD)
		conflict_other_build(g, &b.map.image, &b.elf.image);
	if (r >= 0 && g->has_script)
		r = linker_scripts_give_regions(&g->script, b.image, &diag);
	if (is_read(g, r, &diag)) {
		input_image_warn(b.image, &g->spec->notices);
		claim_image(g, b.image);
	}
	build_deinit(&b);
}

static void claim_builds(struct gathering *g)
{
	static const char *const none[] = { NULL };
	const char *const *map = g->spec->maps ? g->spec->maps : none, *const *elf = g->spec->elfs ? g->spec->elfs :
												     none;

	if (g->spec->image)
		claim_image(g, g->spec->image);
	while (*map || *elf) {
		claim_build(g, *map, *elf);
		map += *map != NULL;
		elf += *elf != NULL;
	}
}

/* ---- partitions, and the firmware in one ---- */

/* A chip that is none of learn_chip's: the firmware's, an ESP8266, or the board's. */
static void check_chip(const struct gathering *g, const char *chip, const char *from)
{
	if (firmware_file_contradicts(&g->bin, chip))
		layout_conflict(g->layout, &(struct layout_range){ LAYOUT_FLASH, 0, 0 }, g->bin.name, from,
				"%s is for the %s, %s for the %s", g->bin.name, g->bin.chip_title, from, chip);
}

/* A firmware that is made for a larger flash than the board's stops when it starts. */
static void check_flash(struct gathering *g)
{
	const char *name = g->spec->bin;
	char human[2][NUMBER_HUMAN_BYTES];
	uint64_t made_for = g->bin.name ? g->bin.flash_bytes : NOT_KNOWN;

	if (made_for == NOT_KNOWN)
		return;
	if (g->flash_bytes == NOT_KNOWN) {
		g->flash_bytes = made_for;
		layout_flash(g->layout, made_for, name);
	} else if (made_for > g->flash_bytes) {
		layout_conflict(g->layout,
				&(struct layout_range){ LAYOUT_FLASH, g->flash_bytes, made_for - g->flash_bytes },
				"flash", name, "%s is made for a flash of %s, but this one has %s", name,
				number_human(made_for, human[0]), number_human(g->flash_bytes, human[1]));
	}
}

/* Into a table of ESP-IDF. What is no ESP image is refused with the words that only reading it finds. */
static void read_bin(struct gathering *g)
{
	const struct firmware_file *known = g->spec->firmware;
	const char *name = g->spec->bin;
	struct diag diag = { 0 };
	int r = 0;

	if (!name)
		return;
	if (!g->spec->partitions && !(g->board && g->board->partition_table))
		r = diag_set(&diag, -EINVAL,
			     "--bin requires the partition table: --partitions FILE, or the --board of an ESP32");
	else if (known && strcmp(known->format, "esp-image") == 0)
		g->bin = *known;
	else
		r = firmware_file_read(&g->bin, name, true, &g->spec->notices, &diag);
	bool read = is_read(g, r, &diag);
	learn_chip(g, g->bin.chip, name);
	if (!read)
		return;
	if (!g->bin.chip && g->chip)
		check_chip(g, g->chip->title, g->chip_from);
	if (g->board && !esp_chip_by_name(g->board->mcu))
		check_chip(g, g->board->mcu, g->spec->board);
	g->app_bytes = g->bin.size_bytes;
	g->app_from = name;
	g->app_is_other |= !g->bin.is_python;
}

/* table: NULL for that of the board's own firmware. */
static void claim_app(const struct gathering *g, const struct partition_table *table)
{
	if (g->app_bytes == NOT_KNOWN || g->app_bytes == 0)
		return;
	if (table)
		layout_app(g->layout, table, g->app_bytes, g->app_from);
	else
		layout_board_app(g->layout, g->board, g->app_bytes, g->app_from);
	if (!g->spec->bin)
		layout_note(g->layout,
			    "%s tells what the firmware takes at least, without padding; --bin FILE tells it"
			    " all",
			    g->app_from);
}

/* That the flash is too small is found by the table, not by the reader, which would refuse all of it. */
static int claim_esp_table(struct gathering *g, const char *name, const struct blob *blob,
			   struct partition_options *options, struct diag *diag)
{
	struct partition_table table = { 0 };

	if (g->chip)
		options->bootloader_offset = g->chip->bootloader_offset;
	int r = partition_table_read(&table, name, blob->bytes, blob->n_bytes, options, diag);
	if (r == 0) {
		learn_chip(g, table.chip, name); /* a dump has the boot loader too */
		if (g->flash_bytes == NOT_KNOWN)
			g->flash_bytes = table.flash_bytes;
		check_flash(g);
		layout_partitions(g->layout, &table, g->flash_bytes, !g->app_is_other);
		claim_app(g, &table);
	}
	partition_table_deinit(&table);
	return r;
}

static void claim_rp2350_table(const struct gathering *g, const char *name, const struct picobin_table *table)
{
	layout_picobin(g->layout, table, name);
	if (g->spec->bin)
		layout_note(g->layout,
			    "%s is not in the table: nothing tells into which partition of an RP2350 it goes",
			    g->spec->bin);
}

/* No table of an ESP32 holds the marks of an RP2350's. */
static int claim_table(struct gathering *g, const char *name, const struct blob *blob, struct diag *diag)
{
	struct partition_options options = PARTITION_OPTIONS_INIT;
	struct picobin_table rp2350;
	int r = blob_check_not_empty(blob, "a partition table", diag);

	if (g->spec->table_offset != NOT_KNOWN)
		options.table_offset = g->spec->table_offset;
	if (r == 0)
		r = picobin_file_find(&rp2350, blob, diag);
	if (r == 0)
		claim_rp2350_table(g, name, &rp2350);
	if (r != PICOBIN_NONE)
		return r;
	read_bin(g);
	return claim_esp_table(g, name, blob, &options, diag);
}

/* The table that the user names; else that of the board itself, which it told; else that of its firmware. */
static void claim_partitions(struct gathering *g)
{
	const char *name = g->spec->partitions;
	const struct board_info *info = g->spec->info;
	struct blob blob = { 0 };
	struct diag diag = { 0 };

	if (name) {
		int r = blob_read(name, &blob, &diag);
		if (r == 0)
			r = claim_table(g, name, &blob, &diag);
		if (r < 0 && !diag.at.file)
			diag.at.file = name;
		is_read(g, r, &diag);
		blob_deinit(&blob);
		return;
	}
	read_bin(g);
	if (g->board && g->board->partition_table && !(info && info->n_partitions)) {
		check_flash(g);
		layout_board_partitions(g->layout, g->board);
		claim_app(g, NULL);
	}
}

/* ---- dumps, and the board itself ---- */

static void claim_dump(struct gathering *g, const char *name)
{
	struct layout_heaps heaps;
	struct diag diag = { 0 };

	layout_heaps_init(&heaps);
	int r = layout_heaps_read(&heaps, name, &diag);
	if (r == LAYOUT_HEAPS_CUT) {
		notice_at(&g->spec->notices, diag.at, "warning", "%s", diag.text);
		g->error = -EINVAL;
	}
	is_read(g, r, &diag);
	layout_heaps_claim(&heaps, g->layout, name);
	layout_heaps_deinit(&heaps);
}

static void claim_live(struct gathering *g)
{
	if (g->spec->heaps)
		layout_heaps_claim(g->spec->heaps, g->layout, g->spec->live);
	if (g->spec->info)
		layout_live(g->layout, g->spec->info, g->spec->live);
}

/* How large the flash is: the option, else the board itself, else its file. */
static uint64_t flash_size(const struct gathering *g)
{
	const struct board_info *info = g->spec->info;
	uint64_t n = g->spec->flash_bytes;

	if (n == NOT_KNOWN && info && info->known)
		n = info->flash_bytes;
	for (size_t i = 0; n == NOT_KNOWN && g->board && i < g->board->n_memories; i++)
		if (strcmp(g->board->memories[i].space, LAYOUT_FLASH) == 0)
			n = g->board->memories[i].size_bytes;
	return n;
}

int layout_read(struct layout *l, const struct layout_spec *spec)
{
	struct gathering g = { .spec = spec, .layout = l, .app_bytes = NOT_KNOWN };

	read_board(&g);
	if (spec->flash_bytes != NOT_KNOWN)
		layout_flash(l, spec->flash_bytes, "--flash-size");
	if (g.board)
		layout_board(l, g.board, spec->flash_bytes);
	g.flash_bytes = flash_size(&g);
	read_script(&g);
	claim_builds(&g);
	claim_partitions(&g);
	for (const char *const *name = spec->dumps; name && *name; name++)
		claim_dump(&g, *name);
	claim_live(&g);
	ldscript_deinit(&g.script);
	board_file_free(g.board);
	return g.error;
}
