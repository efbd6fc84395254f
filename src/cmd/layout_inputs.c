#include "layout_inputs.h"

#include <errno.h>
#include <string.h>

#include "board_finding.h"
#include "command.h"
#include "firmware_file.h"
#include "inputs.h"
#include "layout_heaps.h"
#include "ldscripts.h"
#include "memprof/blob.h"
#include "memprof/esp_chip.h"
#include "memprof/number.h"
#include "memprof/partitions.h"
#include "message.h"

enum { FLASH_MIN_BYTES = 64 * 1024 };

/* What inputs tell each other. */
struct gathering {
	const struct options *options;
	struct layout *layout;
	struct board_file *board;
	struct ldscript script;
	bool has_script;
	const struct esp_chip *chip;    /* that the firmware is for; NULL */
	uint64_t app_bytes;             /* of its .bin, at least; NOT_KNOWN */
	const char *app_from;
	struct layout_heaps live;
	uint64_t flash_bytes;           /* NOT_KNOWN */
};

static int say_fault(const struct diag *diag)
{
	message_diag(diag);
	return EXIT_INPUT;
}

/* ---- --board ---- */

static int read_board(struct gathering *g)
{
	const char *name = option_value(g->options, "board");
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct diag diag = { 0 };

	return name && board_file_find(name, &path, &g->board, &diag) < 0 ? say_fault(&diag) : EXIT_FINE;
}

/* ---- --ld ---- */

static int read_script(struct gathering *g)
{
	int r = ldscripts_read(g->options, &g->script);

	g->has_script = r == 0;
	return r < 0 ? EXIT_INPUT : EXIT_FINE;
}

/* ---- --map, --elf ---- */

static void learn_chip(struct gathering *g, const struct image *image)
{
	if (!layout_image_is_esp_idf(image))
		return;
	if (image->target)
		g->chip = esp_chip_by_name(image->target);
	g->app_bytes = layout_app_bytes_at_least(image);
	g->app_from = image->name;
}

/* Maps of other linkers than GNU's, and ELFs, tell of no regions; the script does. */
static int regions_from_script(const struct gathering *g, struct image *image)
{
	struct diag diag = { 0 };
	int n = g->has_script ? image_regions_from_ldscript(image, &g->script) : 0;

	if (n == 0)
		return 0;
	int r = n < 0 ? diag_set(&diag, n, "out of memory") : image_settle(image, &diag);
	if (r < 0)
		message_diag(&diag);
	return r;
}

/* What should be of one build and is not fits together as little as any other conflict. */
static int join(const struct gathering *g, struct image *map, const struct image *elf)
{
	int r = image_join(map, elf);

	if (r < 0)
		message_error("out of memory");
	if (r == IMAGE_OTHER_BUILD)
		layout_conflict(g->layout, &(struct layout_conflict){
			.space = LAYOUT_CPU, .between = { elf->name, map->name },
			.what = map->notes[MIN(map->n_notes, (uint64_t)IMAGE_NOTES_MAX) - 1] });
	return r;
}

/* The n-th map and the n-th ELF are of one build. */
static int claim_build(struct gathering *g, const char *map_name, const char *elf_name)
{
	struct input_image map = { 0 }, elf = { 0 };
	int code = EXIT_INPUT;

	if (map_name && input_image_read(&map, map_name, IMAGE_WANT_SYMBOLS) < 0)
		goto out;
	if (elf_name && input_image_read(&elf, elf_name, IMAGE_WANT_SYMBOLS) < 0)
		goto out;
	if (map_name && elf_name && join(g, &map.image, &elf.image) < 0)
		goto out;
	struct image *image = map_name ? &map.image : &elf.image;
	if (regions_from_script(g, image) < 0)
		goto out;
	input_image_say_notes(image);
	layout_image(g->layout, image);
	learn_chip(g, image);
	code = EXIT_FINE;
out:
	input_image_deinit(&map);
	input_image_deinit(&elf);
	return code;
}

static int claim_images(struct gathering *g)
{
	int code = EXIT_FINE;

	for (size_t i = 0;; i++) {
		const char *map = option_nth(g->options, "map", i), *elf = option_nth(g->options, "elf", i);
		if (!map && !elf)
			return code;
		code = exit_worse(code, claim_build(g, map, elf));
	}
}

/* ---- --partitions, --bin ---- */

static int read_bin(struct gathering *g)
{
	const char *name = option_value(g->options, "bin");
	struct firmware_file bin;

	if (!name)
		return EXIT_FINE;
	if (!option_is(g->options, "partitions") && !(g->board && g->board->partition_table)) {
		message_error("--bin takes --partitions FILE with it, or the --board of an ESP32, to know where that firmware"
			      " goes");
		return EXIT_INPUT;
	}
	if (firmware_file_read(&bin, name) < 0)
		return EXIT_INPUT;
	g->app_bytes = bin.size_bytes;
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
	if (!option_is(g->options, "bin"))
		layout_note(g->layout, "%s tells what the firmware takes at least, without padding; --bin FILE tells it"
			    " all", g->app_from);
}

static const struct esp_chip *chip_of_board(const struct gathering *g)
{
	return g->board && g->board->mcu ? esp_chip_by_name(g->board->mcu) : NULL;
}

/* That the flash is too small is found by the table, not by the reader, which would refuse all of it. */
static int claim_table(struct gathering *g, const char *name)
{
	struct partition_options options = PARTITION_OPTIONS_INIT;
	struct partition_table table = { 0 };
	struct diag diag = { 0 };
	struct blob blob = { 0 };
	const char *offset = option_value(g->options, "table-offset");

	if (offset && number_parse_size(offset, &options.table_offset) < 0) {
		message_error("--table-offset takes an offset into the flash, as 0x8000, not '%s'", offset);
		return EXIT_INPUT;
	}
	const struct esp_chip *chip = g->chip ? g->chip : chip_of_board(g);
	if (chip)
		options.bootloader_offset = chip->bootloader_offset;
	int r = blob_read(name, &blob, &diag);
	if (r == 0)
		r = partition_table_read(&table, name, blob.bytes, blob.n_bytes, &options, &diag);
	if (r == 0) {
		layout_partitions(g->layout, &table, g->flash_bytes);
		claim_app(g, &table);
	}
	partition_table_deinit(&table);
	blob_deinit(&blob);
	if (r < 0 && !diag.at.file)
		diag.at.file = name;
	return r < 0 ? say_fault(&diag) : EXIT_FINE;
}

/* The table that the user names; else that of the board itself, which it told; else that of its firmware. */
static int claim_partitions(struct gathering *g)
{
	const char *name = option_value(g->options, "partitions");

	if (name)
		return claim_table(g, name);
	if (g->board && g->board->partition_table && !g->live.board.n_partitions) {
		layout_board_partitions(g->layout, g->board);
		claim_app(g, NULL);
	}
	return EXIT_FINE;
}

/* ---- --dump, --live ---- */

static int claim_dumps(struct gathering *g)
{
	int code = EXIT_FINE;
	const char *name;

	for (size_t i = 0; (name = option_nth(g->options, "dump", i)); i++) {
		struct layout_heaps heaps;
		layout_heaps_init(&heaps);
		code = exit_worse(code, layout_heaps_read(&heaps, name));
		layout_heaps_claim(&heaps, g->layout, name);
		layout_heaps_deinit(&heaps);
	}
	return code;
}

static int ask_board(struct gathering *g)
{
	const char *source = option_value(g->options, "live");

	return source ? layout_heaps_ask(&g->live, g->options, source) : EXIT_FINE;
}

static void claim_live(struct gathering *g)
{
	const char *source = option_value(g->options, "live");

	if (!source)
		return;
	layout_heaps_claim(&g->live, g->layout, source);
	layout_live(g->layout, &g->live.board, source);
}

/* ---- how large the flash is: the option, else the board itself, else its file ---- */

static int find_flash_size(struct gathering *g)
{
	const char *size = option_value(g->options, "flash-size");

	g->flash_bytes = NOT_KNOWN;
	if (!size)
		return EXIT_FINE;
	if (number_parse_size(size, &g->flash_bytes) < 0 || g->flash_bytes == 0) {
		message_error("--flash-size takes a size, as 4M, not '%s'", size);
		return EXIT_INPUT;
	}
	if (g->flash_bytes >= FLASH_MIN_BYTES)
		return EXIT_FINE;
	if (size[strspn(size, "0123456789")] == '\0')
		message_error("--flash-size %s is %s bytes, and no flash is below 64K: did you mean %sM?", size, size, size);
	else
		message_error("--flash-size %s: no flash is below 64K; it takes a size as 4M", size);
	return EXIT_INPUT;
}

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

int layout_inputs_read(const struct options *options, struct layout *l)
{
	struct gathering g = { .options = options, .layout = l, .app_bytes = NOT_KNOWN };
	int code = find_flash_size(&g);

	if (code != EXIT_FINE)
		return code;
	layout_heaps_init(&g.live);
	code = exit_worse(read_board(&g), ask_board(&g));
	code = exit_worse(code, read_script(&g));
	if (g.flash_bytes != NOT_KNOWN)
		layout_flash(l, g.flash_bytes, "--flash-size");
	if (g.board)
		layout_board(l, g.board, g.flash_bytes);
	if (g.has_script)
		layout_ldscript(l, &g.script);
	flash_size_of_board(&g);
	code = exit_worse(code, claim_images(&g));
	code = exit_worse(code, read_bin(&g));
	code = exit_worse(code, claim_partitions(&g));
	code = exit_worse(code, claim_dumps(&g));
	claim_live(&g);
	ldscript_deinit(&g.script);
	board_file_free(g.board);
	layout_heaps_deinit(&g.live);
	return code;
}
