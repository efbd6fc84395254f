#include "layout/inputs.h"

#include <string.h>

#include "layout/ask_board.h"
#include "load.h"
#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/image/esp_chip.h"
#include "memprof/image/partitions.h"
#include "memprof/input/board_lookup.h"
#include "memprof/input/build_inputs.h"
#include "memprof/input/layout_heaps.h"
#include "memprof/input/picobin_file.h"

/* What inputs tell each other. */
struct gathering {
	const struct layout_inputs_args *args;
	const struct script_args *scripts;
	const struct board_args *of_board;
	const struct layout_known *known; /* NULL: nothing */
	struct layout *layout;
	struct board_file *board;
	struct ldscript script;
	bool has_script;
	const struct esp_chip *chip; /* that the first of them is of; NULL */
	const char *chip_from;
	struct firmware_file bin; /* --bin; all-zero without it */
	uint64_t app_bytes;       /* of its .bin, at least; NOT_KNOWN */
	const char *app_from;
	bool app_is_other; /* than MicroPython, which makes a file system */
	struct layout_heaps live;
	uint64_t flash_bytes; /* NOT_KNOWN */
};

static int report_diag(const struct diag *diag)
{
	message_diag(diag);
	return EXIT_INPUT;
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

/* ---- --board ---- */

static int read_board(struct gathering *g)
{
	const char *name = g->args->of_board;
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct diag diag = { 0 };

	if (!name)
		return EXIT_FINE;
	if (board_file_find(name, &path, &g->board, &diag) < 0)
		return report_diag(&diag);
	learn_chip(g, esp_chip_by_name(g->board->mcu), name);
	return EXIT_FINE;
}

/* ---- --ld ---- */

static int read_script(struct gathering *g)
{
	int r = load_scripts(g->scripts, &g->script);

	g->has_script = r == 0;
	return r < 0 ? EXIT_INPUT : EXIT_FINE;
}

/* ---- --map, --elf ---- */

static void learn_app(struct gathering *g, const struct image *image)
{
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

/* The n-th map and the n-th ELF are of one build. */
static int claim_build(struct gathering *g, const char *map_name, const char *elf_name)
{
	struct input_image map = { 0 }, elf = { 0 };
	int code = EXIT_INPUT;

	if (map_name && load_image(&map, map_name, IMAGE_WANT_SYMBOLS) < 0)
		goto out;
	int r = !elf_name ? 0 :
		map_name  ? load_join(&map, &elf, elf_name, IMAGE_WANT_SYMBOLS) :
			    load_elf(&elf, elf_name, IMAGE_WANT_SYMBOLS);
	if (r < 0)
		goto out;
	if (r == IMAGE_OTHER_BUILD)
		conflict_other_build(g, &map.image, &elf.image);
	struct image *image = map_name ? &map.image : &elf.image;
	if (g->has_script && load_script_regions(&g->script, image) < 0)
		goto out;
	load_warn_image(image);
	layout_image(g->layout, image);
	learn_app(g, image);
	code = EXIT_FINE;
out:
	input_image_deinit(&map);
	input_image_deinit(&elf);
	return code;
}

static int claim_images(struct gathering *g)
{
	int code = EXIT_FINE;

	if (g->known) {
		if (g->known->image) {
			layout_image(g->layout, g->known->image);
			learn_app(g, g->known->image);
		}
		return EXIT_FINE;
	}
	for (size_t i = 0;; i++) {
		const char *map = g->args->maps.all[MIN(i, g->args->maps.n)],
			   *elf = g->args->elfs.all[MIN(i, g->args->elfs.n)];
		if (!map && !elf)
			return code;
		code = exit_worse(code, claim_build(g, map, elf));
	}
}

/* ---- --partitions, --bin ---- */

/* A chip that is none of learn_chip's: the firmware's, an ESP8266, or the board's. */
static void check_chip(const struct gathering *g, const char *chip, const char *from)
{
	if (firmware_file_contradicts(&g->bin, chip))
		layout_conflict(g->layout, &(struct layout_range){ LAYOUT_FLASH, 0, 0 }, g->bin.name, from,
				"%s is for the %s, %s for the %s", g->bin.name, g->bin.chip_title, from, chip);
}

static const char *bin_name(const struct gathering *g)
{
	if (g->known)
		return g->known->bin ? g->known->bin->name : NULL;
	return g->args->bin;
}

/* What is no ESP image is refused with the words that only reading it finds. */
static int read_firmware(struct gathering *g, const char *name)
{
	const struct firmware_file *known = g->known ? g->known->bin : NULL;

	if (!known || strcmp(known->format, "esp-image") != 0)
		return load_firmware(&g->bin, name, true);
	g->bin = *known;
	return 0;
}

/* Into a table of ESP-IDF. */
static int read_bin(struct gathering *g)
{
	const char *name = bin_name(g);

	if (!name)
		return EXIT_FINE;
	if (!g->args->partitions && !(g->board && g->board->partition_table)) {
		message_error(
			"--bin requires --partitions FILE, or the --board of an ESP32: the partition table has the place"
			" of the firmware");
		return EXIT_INPUT;
	}
	if (read_firmware(g, name) < 0)
		return EXIT_INPUT;
	learn_chip(g, g->bin.chip, name);
	if (!g->bin.chip && g->chip)
		check_chip(g, g->chip->title, g->chip_from);
	if (g->board && !esp_chip_by_name(g->board->mcu))
		check_chip(g, g->board->mcu, g->args->of_board);
	g->app_bytes = g->bin.size_bytes;
	g->app_from = name;
	return EXIT_FINE;
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
	if (!bin_name(g))
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
		layout_partitions(g->layout, &table, g->flash_bytes, !g->app_is_other);
		claim_app(g, &table);
	}
	partition_table_deinit(&table);
	return r;
}

static void claim_rp2350_table(const struct gathering *g, const char *name, const struct picobin_table *table)
{
	layout_picobin(g->layout, table, name);
	if (bin_name(g))
		layout_note(g->layout,
			    "%s is not in the table: nothing tells into which partition of an RP2350 it goes",
			    bin_name(g));
}

/* No table of an ESP32 holds the marks of an RP2350's. */
static int claim_table(struct gathering *g, const char *name)
{
	struct partition_options options = PARTITION_OPTIONS_INIT;
	struct picobin_table rp2350;
	struct diag diag = { 0 };
	struct blob blob = { 0 };
	int code = EXIT_FINE;

	if (g->args->table_offset.text)
		options.table_offset = g->args->table_offset.value;
	int r = blob_read(name, &blob, &diag);
	if (r == 0)
		r = blob_check_not_empty(&blob, "a partition table", &diag);
	if (r == 0)
		r = picobin_file_find(&rp2350, &blob, &diag);
	if (r == PICOBIN_NONE) {
		code = read_bin(g);
		r = claim_esp_table(g, name, &blob, &options, &diag);
	} else if (r == 0) {
		claim_rp2350_table(g, name, &rp2350);
	}
	blob_deinit(&blob);
	if (r < 0 && !diag.at.file)
		diag.at.file = name;
	return r < 0 ? report_diag(&diag) : code;
}

/* The table that the user names; else that of the board itself, which it told; else that of its firmware. */
static int claim_partitions(struct gathering *g)
{
	const char *name = g->args->partitions;

	if (name)
		return claim_table(g, name);
	int code = read_bin(g);
	if (g->board && g->board->partition_table && !g->live.board.n_partitions) {
		layout_board_partitions(g->layout, g->board);
		claim_app(g, NULL);
	}
	return code;
}

/* ---- --dump, --live ---- */

static int claim_dumps(struct gathering *g)
{
	int code = EXIT_FINE;

	for (size_t i = 0; !g->known && i < g->args->dumps.n; i++) {
		const char *name = g->args->dumps.all[i];
		struct layout_heaps heaps;
		struct diag diag = { 0 };
		layout_heaps_init(&heaps);
		int r = layout_heaps_read(&heaps, name, &diag);
		if (r == LAYOUT_HEAPS_CUT)
			message_at(diag.at, "warning", "%s", diag.text);
		else if (r < 0)
			message_diag(&diag);
		if (r != 0)
			code = EXIT_INPUT;
		layout_heaps_claim(&heaps, g->layout, name);
		layout_heaps_deinit(&heaps);
	}
	return code;
}

static int ask_board(struct gathering *g)
{
	const char *source = g->args->live;

	if (g->known && g->known->live)
		g->live.board = *g->known->live;
	return source && !g->known ? layout_ask_board(&g->live, g->of_board, source) : EXIT_FINE;
}

static void claim_live(struct gathering *g)
{
	const char *source = g->args->live;

	if (!source || (g->known && !g->known->live))
		return;
	layout_heaps_claim(&g->live, g->layout, source);
	layout_live(g->layout, &g->live.board, source);
}

/* How large the flash is: the option, else the board itself, else its file. */
static void flash_size_of_board(struct gathering *g)
{
	if (g->flash_bytes != NOT_KNOWN)
		return;
	if (g->live.board.known)
		g->flash_bytes = g->live.board.flash_bytes;
	for (size_t i = 0; g->flash_bytes == NOT_KNOWN && g->board && i < g->board->n_memories; i++)
		if (strcmp(g->board->memories[i].space, LAYOUT_FLASH) == 0)
			g->flash_bytes = g->board->memories[i].size_bytes;
}

int layout_inputs_read(const struct layout_inputs_args *args, const struct script_args *scripts,
		       const struct board_args *board, const struct layout_known *known, struct layout *l)
{
	struct gathering g = { .args = args,
			       .scripts = scripts,
			       .of_board = board,
			       .known = known,
			       .layout = l,
			       .flash_bytes = args->flash_bytes,
			       .app_bytes = NOT_KNOWN };
	int code;

	layout_heaps_init(&g.live);
	code = exit_worse(read_board(&g), ask_board(&g));
	if (!known)
		code = exit_worse(code, read_script(&g));
	if (g.flash_bytes != NOT_KNOWN)
		layout_flash(l, g.flash_bytes, "--flash-size");
	if (g.board)
		layout_board(l, g.board, g.flash_bytes);
	if (g.has_script)
		layout_ldscript(l, &g.script);
	flash_size_of_board(&g);
	code = exit_worse(code, claim_images(&g));
	code = exit_worse(code, claim_partitions(&g));
	code = exit_worse(code, claim_dumps(&g));
	claim_live(&g);
	ldscript_deinit(&g.script);
	board_file_free(g.board);
	layout_heaps_deinit(&g.live);
	return code;
}
