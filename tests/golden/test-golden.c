/* What memprof report prints, as files: NAME is standard output, NAME.err what went to stderr (no
 * such file: nothing did). MEMPROF_BLESS=1 writes them anew: look at the change before it goes in.
 *
 * The inputs are named as in tests/, which is where memprof runs. */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <unistd.h>

#include "memprof/text.h"
#include "run.h"
#include "unit.h"

struct golden {
	const char *name;
	int         exit_code;
	struct run  run;
};

#define DUMPS "data/dumps/"
#define MADE "data/synthetic/"
#define IMAGES "data/images/"
#define REPORT(...) { .args = { "report", __VA_ARGS__ } }
#define REPORT_UTF8(...) { .args = { "report", __VA_ARGS__ }, .utf8 = true }
#define MAP(...) { .args = { "map", __VA_ARGS__ } }
#define LAYOUTS "data/layout/"
#define LAYOUT(...) { .args = { "layout", __VA_ARGS__ } }
#define PICO "--board", "raspberrypi-pico", "--map", LAYOUTS "pico.map", "--dump", DUMPS "rp2-1.25.0-fragmented.txt"
#define HEX(...) { .args = { "hex", __VA_ARGS__ } }
#define BYTES "data/hex/"
#define DIFF(...) { .args = { "diff", __VA_ARGS__ } }
#define TREND(...) { .args = { "trend", __VA_ARGS__ } }
#define TREND_UTF8(...) { .args = { "trend", __VA_ARGS__ }, .utf8 = true }
#define REPORT_STDIN(file, ...) { .args = { "report", __VA_ARGS__, "-" }, .input = file }

static const struct golden goldens[] = {
	/* ---- the report ---- */
	{ "session.txt", 0, REPORT(MADE "session.txt") },
	{ "session.utf8.txt", 0, REPORT_UTF8(MADE "session.txt") },
	{ "session.txt", 0, REPORT(MADE "session.txt", "--dump", "2") },
	{ "session-dump-1.txt", 0, REPORT("--dump", "1", MADE "session.txt") },
	{ "session-map-full.txt", 0, REPORT("--map", "full", MADE "session.txt") },
	{ "session-need.txt", 0,
	  REPORT("--need", "16K", "--need", "600", "--need=0x100", "--need", "1.5K",
		 MADE "session.txt") },
	{ "session-culprits.txt", 0, REPORT("--culprits", "1", MADE "session.txt") },
	{ "session-map-none.txt", 0, REPORT("--map", "none", MADE "session.txt") },
	{ "session-color.txt", 0, REPORT("--color", "always", MADE "session.txt") },
	{ "session.json", 0, REPORT("--json", MADE "session.txt") },
	{ "session.json", 0, REPORT("--format", "json", "--dump", "1", MADE "session.txt") },
	{ "session-need.json", 0,
	  REPORT("--json", "--need", "16K", "--need", "700", "--culprits", "0",
		 MADE "session.txt") },
	{ "stdin.txt", 0, REPORT_STDIN(MADE "session.txt", "--map", "full") },
	{ "two-files.txt", 0, REPORT(MADE "session.txt", MADE "areas.txt") },
	{ "two-files.json", 0, REPORT("--json", MADE "session.txt", MADE "failed-other.txt") },

	/* ---- real boards ---- */
	{ "rp2-fragmented.txt", 0, REPORT("--need", "100000", DUMPS "rp2-1.25.0-fragmented.txt") },
	{ "rp2-fragmented.utf8.txt", 0,
	  REPORT_UTF8("--need", "16K", DUMPS "rp2-1.25.0-fragmented.txt") },
	{ "rp2-interleaved.txt", 0, REPORT(DUMPS "rp2-1.25.0-interleaved.txt") },
	{ "rp2-typed.txt", 0, REPORT(DUMPS "rp2-1.25.0-typed.txt") },
	{ "rp2-imports-map-full.txt", 0, REPORT("--map", "full", DUMPS "rp2-1.25.0-imports.txt") },
	{ "rp2-fresh.json", 0, REPORT("--json", DUMPS "rp2-1.25.0-fresh.txt") },
	{ "qemu-memoryerror.txt", 0, REPORT(DUMPS "qemu-1.25.0-memoryerror.txt") },
	{ "unix-memoryerror.json", 0, REPORT("--json", DUMPS "unix-1.25.0-memoryerror-1M.txt") },
	{ "unix-truncated.txt", 2, REPORT("--dump", "2", DUMPS "unix-1.25.0-truncated-1M.txt") },
	{ "unix-framebuffer.utf8.txt", 0, REPORT_UTF8(DUMPS "unix-1.25.0-framebuffer-8M.txt") },
	{ "unixsplit-near-oom.txt", 0, REPORT(DUMPS "unixsplit-1.25.0-near-oom-256k.txt") },
	{ "unixauto-growing.utf8.txt", 0,
	  REPORT_UTF8("--dump", "3", DUMPS "unixauto-1.25.0-growing-64k.txt") },
	{ "npmold-fresh.txt", 0, REPORT(DUMPS "npmold-1.10.0-fresh-64k.txt") },
	{ "wasm-fresh.txt", 0, REPORT(DUMPS "wasm-1.27.0-fresh.txt") },

	/* ---- over time ---- */
	{ "trend-unix-leak.txt", 0, TREND(DUMPS "unix-1.25.0-leak-64k.txt") },
	{ "trend-unix-leak.utf8.txt", 0, TREND_UTF8(DUMPS "unix-1.25.0-leak-64k.txt") },
	{ "trend-qemu-leak.json", 0, TREND("--json", DUMPS "qemu-1.25.0-leak.txt") },
	{ "report-unix-leak.txt", 0, REPORT("--map", "none", DUMPS "unix-1.25.0-leak-64k.txt") },
	{ "trend-leak.txt", 0, TREND(MADE "trend-leak-1.txt", MADE "trend-leak-2.txt") },
	{ "trend-leak.json", 0, TREND("--json", MADE "trend-leak-1.txt", MADE "trend-leak-2.txt") },
	{ "trend-backwards.txt", 0, TREND(MADE "trend-leak-2.txt", MADE "trend-leak-1.txt") },
	{ "trend-from.json", 0,
	  TREND("--from", "101", "--to", "150", "--format", "json", MADE "trend-leak-1.txt") },
	{ "trend-steady.utf8.txt", 0, TREND_UTF8(MADE "trend-steady.txt") },
	{ "trend-scatter.utf8.txt", 0, TREND_UTF8("--color", "always", MADE "trend-scatter.txt") },
	{ "trend-scatter.json", 0, TREND("--json", MADE "trend-scatter.txt") },
	{ "trend-lives.txt", 0, TREND(MADE "trend-lives.txt") },
	{ "trend-lives.json", 0, TREND("--json", MADE "trend-lives.txt") },
	{ "trend-other-pool.txt", 0, TREND("--pool", "caps.1", MADE "caps.txt") },
	{ "trend-bad-pools-alone", 2, TREND(MADE "caps.txt") },
	{ "trend-free.txt", 0, TREND(MADE "trend-free.txt") },
	{ "trend-free.json", 0, TREND("--json", MADE "trend-free.txt") },
	{ "trend-collected.json", 0, TREND("--json", "--collected", DUMPS "unix-1.25.0-fresh-64k.txt") },
	{ "trend-session.txt", 0, TREND(MADE "session.txt") },
	{ "trend-stdin.txt", 0, { .args = { "trend", "-" }, .input = MADE "samples.txt" } },
	{ "trend-cut-second.txt", 2, TREND(MADE "cut-second.txt") },
	{ "trend-cut-strict.txt", 2, TREND("--strict", "--to", "2", MADE "cut-second.txt") },
	{ "trend-cut-before.txt", 0, TREND("--to", "1", MADE "cut-second.txt") },
	{ "trend-cut-in-statistics.txt", 2, TREND(MADE "cut-in-statistics.txt") },
	{ "trend-bad-empty", 2, TREND(MADE "empty.txt") },
	{ "trend-bad-empty.json", 2, TREND("--json", MADE "empty.txt") },
	{ "trend-bad-elf", 2, TREND(MADE "elf.bin") },
	{ "trend-bad-nowhere", 2, TREND("data/nowhere.log") },
	{ "trend-bad-folder", 2, TREND("data") },
	{ "trend-bad-one-of-two", 2, TREND(MADE "hello.txt", MADE "session.txt") },
	{ "trend-usage-no-file", 2, TREND(NULL) },
	{ "trend-usage-live", 2, TREND("exec:micropython") },
	{ "trend-usage-from", 2, TREND("--from", "0", MADE "session.txt") },
	{ "trend-usage-order", 2, TREND("--from", "2", "--to", "1", MADE "session.txt") },
	{ "trend-usage-beyond", 2, TREND("--from", "3", MADE "session.txt") },
	{ "trend-usage-pool", 2, TREND("--pool", "tlsf", MADE "session.txt") },
	{ "trend-usage-input", 2, TREND("--input", "elf", MADE "session.txt") },

	/* ---- linker maps ---- */
	{ "map-arm.txt", 0, MAP(IMAGES "arm-bfd-a.map") },
	{ "map-arm.json", 0, MAP("--json", IMAGES "arm-bfd-a.map") },
	{ "map-arm-symbols.txt", 0, MAP("--by", "symbol", IMAGES "arm-bfd-a.map") },
	{ "map-arm-top.json", 0, MAP("--json", "-n", "2", IMAGES "arm-bfd-a.map") },
	{ "map-overflow.txt", 0, MAP("--color", "always", IMAGES "arm-overflow.map") },
	{ "map-features.json", 0, MAP("--json", IMAGES "arm-bfd-features.map") },
	{ "map-qemu.txt", 0, MAP(IMAGES "micropython-qemu-a.map") },
	{ "map-qemu-filter.txt", 0, MAP("--filter", "*/extmod/*", "-n", "3", IMAGES "micropython-qemu-a.map") },
	{ "map-qemu-components.txt", 0, MAP("--by", "component", IMAGES "micropython-qemu-a.map") },
	{ "map-elf.txt", 0, MAP("--elf", IMAGES "arm-bfd-a.elf", IMAGES "arm-bfd-a.map") },
	{ "map-lines.txt", 0, MAP("--lines", "-n", "4", "--elf", IMAGES "arm-bfd-a.elf", IMAGES "arm-bfd-a.map") },
	{ "map-elf.json", 0, MAP("--json", "--lines", "--elf", IMAGES "arm-bfd-a.elf", IMAGES "arm-bfd-a.map") },
	{ "map-elf-alone.txt", 0, MAP(IMAGES "arm-bfd-a.elf") },
	{ "map-elf-of-another.txt", 0, MAP("--by", "region", "--elf", IMAGES "arm-bfd-a.elf", IMAGES "riscv64-bfd-a.map") },
	{ "map-ld.txt", 0, MAP("--ld", "data/ld/sample.ld", IMAGES "arm-lld.map") },
	{ "map-ld.json", 0, MAP("--json", "-n", "0", "--ld", "data/ld/sample.ld", IMAGES "arm-lld.map") },
	{ "map-ld-not-needed.txt", 0, MAP("--by", "region", "--ld", "data/ld/sample.ld", IMAGES "arm-bfd-a.map") },
	{ "map-bad-ld", 2, MAP("--ld", MADE "hello.txt", IMAGES "arm-lld.map") },
	{ "map-usage-elf", 2, MAP("--elf", IMAGES "arm-bfd-a.map", IMAGES "arm-bfd-a.map") },
	{ "map-memory.txt", 0, { .args = { "map", "-" }, .input = IMAGES "arm-bfd-a.memory.txt" } },
	{ "map-overflow-memory.json", 0, MAP("--json", IMAGES "arm-overflow.memory.txt") },
	{ "map-usage-elf-of-elf", 2, MAP("--elf", IMAGES "arm-bfd-a.elf", IMAGES "arm-bfd-a.elf") },
	{ "map-usage-lines", 2, MAP("--lines", IMAGES "arm-bfd-a.map") },
	{ "map-usage-defsym", 2, MAP("--defsym", "a=1", IMAGES "arm-bfd-a.map") },
	{ "map-usage-path", 2, MAP("-L", ".", IMAGES "arm-bfd-a.map") },
	{ "map-usage-partitions", 2, MAP("--partitions", "data/partitions/no-md5.bin", IMAGES "arm-bfd-a.map") },
	{ "map-bin-not-esp", 2, MAP("--bin", IMAGES "arm-bfd-a.map", "--partitions",
				    "data/partitions/circuitpython-16MB.bin", IMAGES "arm-bfd-a.map") },
	{ "map-bin-other-chip.txt", 0, MAP("--by", "region", "--bin", "data/esp/app-s3.bin", "--partitions",
					   LAYOUTS "partitions.csv", LAYOUTS "esp32c3.map") },
	{ "map-bin-plain.txt", 0, MAP("--by", "region", "--bin", BYTES "flash.bin", IMAGES "arm-bfd-a.map") },
	{ "map-bin.txt", 0, MAP("--by", "region", "--bin", "data/esp/app-s3.bin", "--partitions",
				"data/partitions/circuitpython-16MB.bin", IMAGES "arm-bfd-a.map") },
	{ "map-bin.json", 0, MAP("--json", "-n", "0", "--bin", "data/esp/app-s3.bin", "--partitions",
				 "data/partitions/circuitpython-16MB.bin", IMAGES "arm-bfd-a.map") },
	{ "map-bin-of-another.txt", 0, MAP("--by", "region", "--bin", IMAGES "arm-bfd-a.bin",
					   IMAGES "micropython-qemu-a.map") },
	{ "map-bad-bin-map", 2, MAP("--bin", IMAGES "arm-bfd-a.map", IMAGES "arm-bfd-a.map") },
	{ "map-board.txt", 0, MAP("--board", "raspberrypi-pico", "--by", "region", LAYOUTS "pico.map") },
	{ "map-board.json", 0, MAP("--board", "raspberrypi-pico", "--json", "-n", "0", LAYOUTS "pico.map") },
	{ "map-no-board.txt", 0, MAP("--by", "region", LAYOUTS "pico.map") },
	{ "map-board-of-another.txt", 0, MAP("--board", "raspberrypi-pico", "--by", "region", IMAGES "arm-bfd-a.map") },
	{ "map-usage-board", 2, MAP("--board", "picoo", LAYOUTS "pico.map") },
	{ "map-usage-min", 2, MAP("--min", "few", LAYOUTS "pico.map") },
	{ "map-qemu-symbols.txt", 0, MAP("--by", "symbol", "--filter", "*/extmod/*", "--min", "600", IMAGES
					 "micropython-qemu-a.map") },
	{ "map-symbols-of.json", 0, MAP("--json", "--filter", "*.o", "--min", "32", "--elf", IMAGES "arm-bfd-a.elf", IMAGES
					"arm-bfd-a.map") },
	{ "map-filter-none.txt", 0, MAP("--filter", "nothing*", IMAGES "micropython-qemu-a.map") },
	{ "map-frozen.txt", 0, MAP("--by", "frozen", "data/elf/frozen-arm.map") },
	{ "map-frozen-none.txt", 0, MAP("--by", "frozen", IMAGES "arm-bfd-a.map") },
	{ "map-size-a-objects.txt", 0, MAP("--by", "object", IMAGES "arm-bfd-a.size.txt") },
	{ "map-bad-bin", 2, MAP("--bin", IMAGES "arm-bfd-a.elf", IMAGES "arm-bfd-a.map") },
	{ "map-bad-partitions", 2, MAP("--bin", "data/esp/app-s3.bin", "--partitions", "data/partitions/bad-md5.bin",
				       IMAGES "arm-bfd-a.map") },
	{ "map-lld.txt", 0, MAP(IMAGES "arm-lld-a.map") },
	{ "map-gold.txt", 0, MAP(IMAGES "minigzip-gold-lto-b.map") },
	{ "map-mold.txt", 0, MAP(IMAGES "x86-mold.map") },
	{ "map-armlink.txt", 0, MAP(IMAGES "armlink-6.map") },
	{ "map-armlink-5.json", 0, MAP("--json", IMAGES "armlink-5.map") },
	{ "map-iar.txt", 0, MAP(IMAGES "iar-6.map") },
	{ "map-iar-9.json", 0, MAP("--json", IMAGES "iar-9.map") },
	{ "map-memory-usage.txt", 0, MAP(IMAGES "avr-bfd-a.memory.txt") },
	{ "map-size-a.txt", 0, MAP(IMAGES "arm-bfd-a.size.txt") },
	{ "map-bad-cut-lld", 2, MAP(IMAGES "foreign/cut-lld.map") },
	{ "map-bad-ghs", 2, MAP(IMAGES "foreign/ghs.map") },
	{ "map-bad-german", 2, MAP(IMAGES "foreign/german.map") },
	{ "map-bad-berkeley", 2, MAP(IMAGES "foreign/berkeley.txt") },
	{ "map-bad-hex", 2, MAP(IMAGES "foreign/image.hex") },
	{ "map-bad-dump", 2, MAP(DUMPS "rp2-1.25.0-fresh.txt") },
	{ "map-bad-empty", 2, MAP(MADE "empty.txt") },
	{ "map-bad-hello", 2, MAP(MADE "hello.txt") },
	{ "map-bad-nowhere", 2, MAP("data/nowhere.map") },
	{ "map-bad-folder", 2, MAP("data") },
	{ "map-bad-rules", 2, MAP("--rules", "../layouts/usb-ids.json", IMAGES "arm-bfd-a.map") },
	{ "map-usage-no-file", 2, MAP(NULL) },
	{ "map-usage-top", 2, MAP("--top", "many", IMAGES "arm-bfd-a.map") },
	{ "map-usage-by", 2, MAP("--by", "colour", IMAGES "arm-bfd-a.map") },

	/* ---- layouts ---- */
	{ "layout-pico.txt", 0, LAYOUT("--strict", PICO) },
	{ "layout-pico.json", 0, LAYOUT("--json", PICO) },
	{ "layout-pico.md", 0, LAYOUT("--format", "markdown", PICO) },
	{ "layout-pico.csv", 0, LAYOUT("--format", "csv", PICO) },
	{ "layout-pico.svg", 0, LAYOUT("--format", "svg", PICO) },
	{ "layout-pico-color.txt", 0, LAYOUT("--color", "always", "--map", LAYOUTS "pico.map") },
	{ "layout-pico-too-large.txt", 0, LAYOUT("--board", "raspberrypi-pico", "--map", LAYOUTS "pico-too-large.map") },
	{ "layout-pico-too-large.txt", 1,
	  LAYOUT("--strict", "--board", "raspberrypi-pico", "--map", LAYOUTS "pico-too-large.map") },
	{ "layout-pico-too-large.json", 0,
	  LAYOUT("--json", "--board", "raspberrypi-pico", "--map", LAYOUTS "pico-too-large.map") },
	{ "layout-esp.txt", 1,
	  LAYOUT("--strict", "--map", LAYOUTS "esp32c3.map", "--partitions", LAYOUTS "partitions.csv") },
	{ "layout-esp-table.txt", 0, LAYOUT("--partitions", "data/esp/table.bin", "--flash-size", "8M") },
	{ "layout-esp-bin.txt", 0, LAYOUT("--partitions", LAYOUTS "partitions.csv", "--bin", "data/esp/app-s3.bin") },
	{ "layout-esp-chips.txt", 1, LAYOUT("--strict", "--board", "espressif-esp32-4m", "--partitions",
					    "data/partitions/micropython-partitions-4MiBplus.bin", "--bin", "data/esp/app-s3.bin") },
	{ "layout-esp-no-image.txt", 2, LAYOUT("--partitions", "data/partitions/micropython-partitions-4MiBplus.bin", "--bin",
					       "data/hex/flash.bin") },
	{ "layout-rp2350.txt", 0, LAYOUT("--board", "raspberrypi-pico2", "--partitions", "data/uf2/rp2350.uf2") },
	{ "layout-rp2350-bin.txt", 0, LAYOUT("--board", "raspberrypi-pico2", "--partitions", "data/uf2/rp2350.bin") },
	{ "layout-rp2350-none", 2, LAYOUT("--partitions", "data/uf2/skipped.uf2") },
	{ "layout-esp-flash-too-small.txt", 1,
	  LAYOUT("--strict", "--partitions", LAYOUTS "partitions.csv", "--flash-size", "2M") },
	{ "layout-qemu.txt", 0,
	  LAYOUT("--board", "arm-mps2-an385", "--map", IMAGES "micropython-qemu-a.map", "--dump",
		 DUMPS "qemu-1.25.0-fragmented.txt") },
	{ "layout-elf.txt", 0, LAYOUT("--map", IMAGES "arm-bfd-a.map", "--elf", IMAGES "arm-bfd-a.elf") },
	{ "layout-hostile.txt", 0, LAYOUT("--partitions", LAYOUTS "hostile.csv", "--flash-size", "4M") },
	{ "layout-hostile.json", 0, LAYOUT("--json", "--partitions", LAYOUTS "hostile.csv", "--flash-size", "4M") },
	{ "layout-hostile.md", 0,
	  LAYOUT("--format", "markdown", "--partitions", LAYOUTS "hostile.csv", "--flash-size", "4M") },
	{ "layout-hostile.csv", 0, LAYOUT("--format", "csv", "--partitions", LAYOUTS "hostile.csv", "--flash-size", "4M") },
	{ "layout-hostile.svg", 0, LAYOUT("--format", "svg", "--partitions", LAYOUTS "hostile.csv", "--flash-size", "4M") },
	{ "layout-usage-nothing", 2, LAYOUT(NULL) },
	{ "layout-usage-argument", 2, LAYOUT("firmware.map") },
	{ "layout-usage-flash-size", 2, LAYOUT("--flash-size", "4Q", "--map", LAYOUTS "pico.map") },
	{ "layout-usage-board", 2, LAYOUT("--board", "../pico") },
	{ "layout-usage-board-name", 2, LAYOUT("--board", "pico") },
	{ "layout-usage-bin", 2, LAYOUT("--bin", "data/esp/app-s3.bin", "--map", LAYOUTS "pico.map") },
	{ "layout-usage-table-offset", 2, LAYOUT("--table-offset", "x", "--partitions", LAYOUTS "partitions.csv") },
	{ "layout-usage-flash-bytes", 2, LAYOUT("--flash-size", "4", "--map", LAYOUTS "pico.map") },
	{ "layout-usage-flash-small", 2, LAYOUT("--flash-size", "4K", "--map", LAYOUTS "pico.map") },
	{ "layout-usage-boards", 2, LAYOUT("--board", "raspberrypi-pico", "--board", "raspberrypi-pico2") },
	{ "layout-usage-reset", 2, LAYOUT("--reset", "--map", LAYOUTS "pico.map") },
	{ "layout-usage-define", 2, LAYOUT("-D", "X", "--map", LAYOUTS "pico.map") },
	{ "layout-usage-formats", 2, LAYOUT("--json", "--format", "svg", "--map", LAYOUTS "pico.map") },
	{ "layout-other-board.txt", 1, LAYOUT("--strict", "--board", "st-nucleo-f401re", "--map", LAYOUTS "pico.map") },
	{ "layout-other-board.svg", 0,
	  LAYOUT("--format", "svg", "--board", "st-nucleo-f401re", "--map", LAYOUTS "pico.map") },
	{ "layout-other-chip.txt", 1, LAYOUT("--strict", "--board", "espressif-esp32-4m", "--map", LAYOUTS "esp32c3.map") },
	{ "layout-other-build.txt", 1, LAYOUT("--strict", "--map", LAYOUTS "pico.map", "--elf", IMAGES "arm-bfd-a.elf") },
	{ "layout-other-build.json", 1,
	  LAYOUT("-q", "--strict", "--json", "--map", LAYOUTS "pico.map", "--elf", IMAGES "arm-bfd-a.elf") },
	{ "layout-board-bin.txt", 0, LAYOUT("--strict", "--board", "espressif-esp32s3-8m", "--bin", "data/esp/app-s3.bin") },
	{ "layout-board-table.txt", 0,
	  LAYOUT("--strict", "--board", "espressif-esp32-4m", "--partitions", LAYOUTS "partitions.csv") },
	{ "layout-board-flash.txt", 0, LAYOUT("--strict", "--board", "raspberrypi-pico", "--flash-size", "4M") },
	{ "layout-bad-dump.json", 2, LAYOUT("--json", "--map", LAYOUTS "pico.map", "--dump", MADE "hello.txt") },
	{ "layout-bad-dump.md", 2, LAYOUT("--format", "markdown", "--map", LAYOUTS "pico.map", "--dump", MADE "hello.txt") },
	{ "layout-bad-elf", 2, LAYOUT("--elf", IMAGES "arm-bfd-a.map") },
	{ "layout-bad-map", 2, LAYOUT("--map", MADE "hello.txt") },
	{ "layout-bad-dump.txt", 2, LAYOUT("--map", LAYOUTS "pico.map", "--dump", MADE "hello.txt") },
	{ "layout-partitions-map", 2, LAYOUT("--partitions", IMAGES "arm-bfd-a.map") },
	{ "layout-partitions-elf", 2, LAYOUT("--partitions", IMAGES "arm-bfd-a.elf") },
	{ "layout-partitions-log", 2, LAYOUT("--partitions", MADE "session.txt") },
	{ "layout-partitions-uf2", 2, LAYOUT("--partitions", BYTES "pico.uf2") },
	{ "layout-bin-uf2", 2, LAYOUT("--partitions", LAYOUTS "partitions.csv", "--bin", BYTES "pico.uf2") },
	{ "layout-bin-plain", 2, LAYOUT("--partitions", LAYOUTS "partitions.csv", "--bin", BYTES "flash.bin") },
	{ "layout-bin-elf", 2, LAYOUT("--partitions", LAYOUTS "partitions.csv", "--bin", IMAGES "arm-bfd-a.elf") },
	{ "layout-bin-other-board.txt", 1, LAYOUT("--strict", "--partitions", LAYOUTS "partitions.csv", "--bin",
						  "data/esp/app-s3.bin", "--board", "raspberrypi-pico") },
	{ "layout-bin-other-map.json", 0, LAYOUT("--json", "--map", LAYOUTS "esp32c3.map", "--partitions",
						 LAYOUTS "partitions.csv", "--bin", "data/esp/app-s3.bin") },
	{ "layout-bad-md5", 2, LAYOUT("--partitions", "data/partitions/bad-md5.bin") },
	{ "layout-bad-live", 3, LAYOUT("--live", "exec:exit 3") },
	/* ---- bytes ---- */
	{ "hex-arm-main.txt", 0, HEX(IMAGES "arm-bfd-a.elf", "main") },
	{ "hex-arm-data.txt", 0, HEX(IMAGES "arm-bfd-a.elf", ".data", "1K") },
	{ "hex-arm-data.json", 0, HEX("--json", IMAGES "arm-bfd-a.elf", ".data", "400") },
	{ "hex-arm-flash.txt", 0, HEX("--space", "flash", IMAGES "arm-bfd-a.elf", ".data", "64") },
	{ "hex-arm-map.txt", 0, HEX("--map", IMAGES "arm-bfd-a.map", "--elf", IMAGES "arm-bfd-a.elf", IMAGES "arm-bfd-a.elf",
				    "vectors+8", "0x60") },
	{ "hex-riscv.txt", 0, HEX(IMAGES "riscv-bfd-a.elf", "main") },
	{ "hex-uf2.txt", 0, HEX(BYTES "pico.uf2", "0x100000f0", "0x340") },
	{ "hex-uf2.json", 0, HEX("--format", "json", BYTES "pico.uf2", "0x100000f8", "0x230") },
	{ "hex-esp.txt", 0, HEX(BYTES "esp32.bin", "0x3f400020", "0x80") },
	{ "hex-esp-flash.txt", 0, HEX("--space", "flash", "--base", "0x10000", BYTES "esp32.bin", "0x10000", "64") },
	{ "hex-bin.txt", 0, HEX(BYTES "flash.bin", "0x48", "1K") },
	{ "hex-bin-all.txt", 0, HEX("--all", BYTES "flash.bin", "0x48", "0x80") },
	{ "hex-bin-64-bit.txt", 0, HEX("--base", "0x7ffff7a10000", "--color", "always", BYTES "flash.bin", "0x7ffff7a10180", "99") },
	{ "hex-heap.txt", 0, HEX("--base", "0x20003e80", "--dump", MADE "session.txt", BYTES "flash.bin", "gc.0") },
	{ "hex-heap.json", 0, HEX("--json", "--base", "0x20003e80", "--dump", MADE "session.txt", BYTES "flash.bin", "gc.0+16", "40") },
	{ "hex-partition.txt", 0, HEX("--partitions", "data/partitions/micropython-partitions-4MiBplus.bin", "--base", "0xefe0",
				      BYTES "flash.bin", "0xefe8", "0x40") },
	{ "bad-hex-nowhere", 2, HEX(IMAGES "arm-bfd-a.elf", "0x60000000") },
	{ "hex-zeroed", 2, HEX(IMAGES "arm-bfd-a.elf", ".bss") },
	{ "hex-zeroed-address", 2, HEX(IMAGES "arm-bfd-a.elf", "0x20000100", "16") },
	{ "hex-other-elf", 2, HEX("--elf", IMAGES "riscv-bfd-a.elf", IMAGES "arm-bfd-a.elf", "main") },
	{ "hex-other-map", 2, HEX("--map", IMAGES "riscv64-bfd-b.map", IMAGES "riscv64-bfd-a.elf", "main") },
	{ "hex-other-names", 2, HEX("--map", IMAGES "riscv64-bfd-b.map", "--elf", IMAGES "riscv64-bfd-a.elf", BYTES "flash.bin", "0") },
	{ "hex-own-elf.txt", 0, HEX("--elf", IMAGES "arm-bfd-a.elf", IMAGES "arm-bfd-a.elf", "main", "16") },
	{ "hex-bin-other-elf.txt", 0, HEX("--base", "0x08000000", "--elf", IMAGES "arm-bfd-a.elf", BYTES "flash.bin", "0x08000000", "16") },
	{ "hex-no-base", 2, HEX(BYTES "flash.bin", "0x08000000") },
	{ "hex-decimal-base", 2, HEX("--base", "10000000", BYTES "flash.bin", "0x10000010") },
	{ "hex-decimal-base.txt", 0, HEX("--base", "10000000", BYTES "flash.bin", "10000000", "16") },
	{ "hex-decimal-address", 2, HEX("--base", "0x10000000", BYTES "flash.bin", "10000010") },
	{ "hex-of-map", 2, HEX(IMAGES "arm-bfd-a.map", "0") },
	{ "hex-of-map.txt", 0, HEX("--base", "0", IMAGES "arm-bfd-a.map", "0", "16") },
	{ "hex-of-csv", 2, HEX(LAYOUTS "partitions.csv", "0") },
	{ "hex-of-log", 2, HEX(MADE "session.txt", "0") },
	{ "bad-hex-name", 2, HEX(BYTES "flash.bin", "gc_alloc") },
	{ "bad-hex-name-elf", 2, HEX(IMAGES "arm-bfd-a.elf", "no_such_name+4") },
	{ "bad-hex-name-flash", 2, HEX("--space", "flash", IMAGES "arm-bfd-a.elf", "main") },
	{ "bad-hex-base", 2, HEX("--base", "0x1000", BYTES "pico.uf2", "0x1000") },
	{ "bad-hex-dump", 2, HEX("--dump", MADE "empty.txt", BYTES "flash.bin", "0") },
	{ "bad-hex-elf", 2, HEX("--elf", IMAGES "arm-bfd-a.map", IMAGES "arm-bfd-a.elf", "main") },
	{ "usage-hex", 2, HEX(BYTES "flash.bin") },
	{ "usage-hex-address", 2, HEX(BYTES "flash.bin", "0xZ") },
	{ "usage-hex-length", 2, HEX(BYTES "flash.bin", "0", "all") },
	{ "usage-hex-unsafe", 2, HEX("--unsafe", BYTES "flash.bin", "0") },
	{ "usage-hex-baud", 2, HEX("--baud", "9600", BYTES "flash.bin", "0") },
	{ "usage-hex-live-dump", 2, HEX("--dump", MADE "session.txt", "exec:true", "0") },
	{ "usage-hex-dump-flash", 2, HEX("--space", "flash", "--dump", MADE "session.txt", BYTES "flash.bin", "0") },
	{ "usage-hex-live-pie", 2, HEX("--elf", "data/elf/frozen-pie.elf", "exec:true", "main") },
	{ "usage-hex-live", 2, HEX("--base", "0", "exec:true", "0") },
	{ "usage-hex-live-dump", 2, HEX("--dump", MADE "session.txt", "exec:true", "gc.0") },
	{ "usage-hex-partitions", 2, HEX("--partitions", "x.csv", "--space", "cpu", BYTES "flash.bin", "0") },

	/* ---- two builds, two heaps ---- */
	{ "diff-riscv64.txt", 0, DIFF(IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-b.map") },
	{ "diff-riscv64.txt", 1, DIFF("--exit-code", IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-b.map") },
	{ "diff-riscv64-color.txt", 0,
	  DIFF("--color", "always", "--by", "region,archives", "--all", IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-b.map") },
	{ "diff-riscv64.json", 0, DIFF("--json", IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-b.map") },
	{ "diff-riscv64-top.json", 1,
	  DIFF("--json", "-n", "1", "--threshold", "5%", "--exit-code", IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-b.map") },
	{ "diff-riscv64.md", 0, DIFF("--format", "markdown", IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-b.map") },
	{ "diff-elf-of-another", 2, { .args = { "diff", "--exit-code", "--old-elf", IMAGES "arm-bfd-a.elf", "--new-elf",
						IMAGES "riscv64-bfd-b.elf", IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-b.map" } } },
	{ "diff-one-elf", 2, { .args = { "diff", "--new-elf", IMAGES "riscv64-bfd-b.elf", IMAGES "riscv64-bfd-a.map",
					 IMAGES "riscv64-bfd-b.map" } } },
	{ "diff-riscv64-joined.json", 0,
	  DIFF("--json", "--by", "symbol,section", "--old-elf", IMAGES "riscv64-bfd-a.elf", "--new-elf", IMAGES "riscv64-bfd-b.elf",
	       IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-b.map") },
	{ "diff-riscv64-elf.txt", 0, DIFF(IMAGES "riscv64-bfd-a.elf", IMAGES "riscv64-bfd-b.elf") },
	{ "diff-map-elf.txt", 0, DIFF(IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-b.elf") },
	{ "diff-lto.txt", 0, DIFF("--by", "section,object", IMAGES "minigzip-bfd-b.map", IMAGES "minigzip-bfd-lto-b.map") },
	{ "diff-same.txt", 0, DIFF("--exit-code", IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-a.map") },
	{ "diff-same.json", 0, DIFF("--exit-code", "--json", IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-a.map") },
	{ "diff-same.md", 0, DIFF("--format", "markdown", IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-a.map") },
	{ "diff-same.txt", 0, DIFF("--exit-code", "--threshold", "1K", IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-b.map") },
	{ "diff-comment.md", 0,
	  DIFF("--format", "markdown", "--by", "symbol", IMAGES "minigzip-bfd-b.map", IMAGES "minigzip-bfd-lto-b.map") },
	{ "diff-region.txt", 1,
	  DIFF("--by", "component,object,symbol", "--region", "FLASH", "--grown", "--exit-code", IMAGES "riscv64-bfd-a.map",
	       IMAGES "riscv64-bfd-b.map") },
	{ "diff-region.json", 0,
	  DIFF("--json", "--by", "section,component,archive,object", "--all", "--region", "R*", IMAGES "riscv64-bfd-a.map",
	       IMAGES "riscv64-bfd-b.map") },
	{ "diff-same.txt", 0,
	  DIFF("--by", "component", "--threshold", "1K", "--grown", "--exit-code", IMAGES "riscv64-bfd-a.map",
	       IMAGES "riscv64-bfd-b.map") },
	{ "diff-bad-region", 2, DIFF("--region", "FLSH", IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-b.map") },
	{ "diff-bad-region-elf", 2, DIFF("--region", "FLASH", IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-b.elf") },
	{ "diff-bad-region-heap", 2, DIFF("--region", "RAM", DUMPS "rp2-1.25.0-fresh.txt", DUMPS "rp2-1.25.0-fragmented.txt") },
	{ "diff-bad-component", 2, DIFF("--by", "component", IMAGES "riscv64-bfd-a.elf", IMAGES "riscv64-bfd-b.elf") },
	{ "diff-heap-grown.txt", 1,
	  DIFF("-n", "3", "--grown", "--exit-code", DUMPS "rp2-1.25.0-fresh.txt", DUMPS "rp2-1.25.0-fragmented.txt") },
	{ "diff-heap.txt", 0, DIFF("-n", "5", DUMPS "rp2-1.25.0-fresh.txt", DUMPS "rp2-1.25.0-fragmented.txt") },
	{ "diff-heap.json", 0, DIFF("--json", "-n", "5", DUMPS "rp2-1.25.0-fresh.txt", DUMPS "rp2-1.25.0-fragmented.txt") },
	{ "diff-heap.md", 0,
	  DIFF("--format", "markdown", "-n", "5", DUMPS "rp2-1.25.0-fresh.txt", DUMPS "rp2-1.25.0-fragmented.txt") },
	{ "diff-heap-cut.txt", 0, DIFF("--by", "pool", MADE "cut-second.txt", MADE "session.txt") },
	{ "diff-heap-cut-asked.txt", 2, DIFF("--by", "pool", "--old-dump", "2", MADE "cut-second.txt", MADE "session.txt") },
	{ "diff-bad-kinds", 2, DIFF(DUMPS "rp2-1.25.0-fresh.txt", IMAGES "riscv64-bfd-a.map") },
	{ "diff-bad-common", 2, DIFF("--json", IMAGES "arm-bfd-a.memory.txt", IMAGES "riscv64-bfd-a.elf") },
	{ "diff-bad-hello", 2, DIFF(IMAGES "riscv64-bfd-a.map", MADE "hello.txt") },
	{ "diff-bad-nowhere", 2, DIFF("data/nowhere.map", IMAGES "riscv64-bfd-a.map") },
	{ "diff-bad-cut", 2, DIFF(MADE "cut-in-row.txt", MADE "session.txt") },
	{ "diff-bad-elf", 2, DIFF("--new-elf", IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-a.map") },
	{ "diff-usage-dump", 2, DIFF("--old-dump", "7", MADE "session.txt", MADE "session.txt") },
	{ "diff-usage-dump-of-build", 2, DIFF("--old-dump", "1", IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-a.map") },
	{ "diff-usage-rules-of-logs", 2, DIFF("--rules", "../layouts/components.json", MADE "session.txt", MADE "session.txt") },
	{ "diff-usage-elf-of-elf", 2, DIFF("--new-elf", IMAGES "riscv-bfd-a.elf", IMAGES "riscv-bfd-a.elf", IMAGES "riscv-bfd-a.elf") },
	{ "diff-usage-one", 2, DIFF(IMAGES "riscv64-bfd-a.map") },
	{ "diff-stdin.txt", 0, { .args = { "diff", "--by", "region", IMAGES "riscv64-bfd-a.map", "-" },
				 .input = IMAGES "riscv64-bfd-b.map" } },
	{ "diff-bad-stdin", 2, { .args = { "diff", "-", MADE "session.txt" }, .input = MADE "session.txt" } },
	{ "diff-usage-input", 2, DIFF("-", "-") },
	{ "diff-usage-by", 2, DIFF("--by", "symbol,colour", IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-a.map") },
	{ "diff-usage-threshold", 2, DIFF("--threshold", "5 percent", IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-a.map") },
	{ "diff-usage-top", 2, DIFF("-n", "few", IMAGES "riscv64-bfd-a.map", IMAGES "riscv64-bfd-a.map") },

	/* ---- what stands around dumps ---- */
	{ "mail-quoted.txt", 0, REPORT(MADE "mail-quoted.txt") },
	{ "html-quoted.txt", 0, REPORT(MADE "html-quoted.txt") },
	{ "issue.txt", 0, REPORT(MADE "issue.md") },
	{ "colours.txt", 0, REPORT(MADE "colours.txt") },
	{ "cr-only.txt", 0, REPORT(MADE "cr-only.txt") },
	{ "other-threads.txt", 0, REPORT(MADE "other-threads.txt") },
	{ "stamps-midnight.json", 0, REPORT("--json", MADE "stamps-midnight.txt") },
	{ "stamps-dated.txt", 0, REPORT(MADE "stamps-dated.txt") },
	{ "escapes.txt", 2, REPORT(MADE "escapes.txt") },
	{ "escapes.json", 2, REPORT("--json", MADE "escapes.txt") },

	/* ---- other firmware, other figures ---- */
	{ "old-1.8.0.txt", 0, REPORT(MADE "old-1.8.0.txt") },
	{ "offsets-of-5-digits.txt", 0, REPORT(MADE "offsets-of-5-digits.txt") },
	{ "blocks-of-32.txt", 0, REPORT(MADE "blocks-of-32.txt") },
	{ "areas.txt", 0, REPORT(MADE "areas.txt") },
	{ "areas.json", 0, REPORT("--json", MADE "areas.txt") },
	{ "letters.txt", 0, REPORT("--map", "full", MADE "letters.txt") },
	{ "letters.json", 0, REPORT("--json", MADE "letters.txt") },
	{ "figures-only.txt", 0,
	  REPORT("--need", "600", "--need", "700", "--need", "9K", MADE "figures-only.txt") },
	{ "figures-only.json", 0, REPORT("--json", MADE "figures-only.txt") },
	{ "samples.txt", 0, REPORT(MADE "samples.txt") },
	{ "samples.json", 0, REPORT("--json", MADE "samples.txt") },
	{ "strings.defs.txt", 0, REPORT("--qstr-defs", MADE "strings.txt") },
	{ "raw-atb.txt", 0, REPORT("--raw-atb", "0x20003e80:280", MADE "table.bin") },
	{ "raw-atb-32.txt", 0,
	  REPORT("--raw-atb", "20003e80:0x100:32", "--need", "4K", MADE "table.bin") },
	{ "raw-atb.json", 0, REPORT("--raw-atb", "0x20003e80:280", "--json", MADE "table.bin") },
	{ "saved.txt", 0, REPORT(MADE "saved.stream") },
	{ "saved.json", 0, REPORT("--json", MADE "saved.stream") },

	/* ---- MemoryError ---- */
	{ "failed-fragmented.txt", 0, REPORT(MADE "failed-fragmented.txt") },
	{ "failed-full.txt", 0, REPORT(MADE "failed-full.txt") },
	{ "failed-other.txt", 0, REPORT(MADE "failed-other.txt") },
	{ "failed-other.json", 0, REPORT("--json", MADE "failed-other.txt") },
	{ "failed-alone.txt", 2, REPORT(MADE "failed-alone.txt") },
	{ "failed-alone.json", 2, REPORT("--json", MADE "failed-alone.txt") },

	/* ---- damage ---- */
	{ "cut-in-row.txt", 2, REPORT(MADE "cut-in-row.txt") },
	{ "cut-second.txt", 2, REPORT(MADE "cut-second.txt") },
	{ "cut-second-dump-2.txt", 2, REPORT("--dump", "2", MADE "cut-second.txt") },
	{ "cut-second-dump-1.txt", 0, REPORT("--dump", "1", MADE "cut-second.txt") },
	{ "cut-second-strict.txt", 2, REPORT("--dump", "1", "--strict", MADE "cut-second.txt") },
	{ "cut-second-quiet.txt", 2, REPORT("-q", MADE "cut-second.txt") },
	{ "cut-second.json", 2, REPORT("--json", MADE "cut-second.txt") },
	{ "row-missing.txt", 2, REPORT(MADE "row-missing.txt") },
	{ "row-missing-alone.txt", 2, REPORT(MADE "row-missing-alone.txt") },
	{ "row-twice.txt", 2, REPORT(MADE "row-twice.txt") },
	{ "row-broken.txt", 2, REPORT(MADE "row-broken.txt") },
	{ "bad-elision.txt", 2, REPORT(MADE "bad-elision.txt") },
	{ "spaced-numbers.txt", 0, REPORT(MADE "spaced-numbers.txt") },
	{ "spaced-numbers.json", 0, REPORT("--json", MADE "spaced-numbers.txt") },
	{ "spaced-wrong.txt", 2, REPORT(MADE "spaced-wrong.txt") },
	{ "total-too-small.txt", 2, REPORT(MADE "total-too-small.txt") },
	{ "stack-wrapped.txt", 0, REPORT(MADE "stack-wrapped.txt") },
	{ "cut-in-next.txt", 0, REPORT(MADE "cut-in-next.txt") },
	{ "cut-before-table.txt", 2, REPORT(MADE "cut-before-table.txt") },
	{ "frag-line.txt", 2, REPORT(MADE "frag-line.txt") },
	{ "short-rows.txt", 2, REPORT(MADE "short-rows.txt") },

	/* what people publish */
	{ "notebook.txt", 0, REPORT(MADE "notebook.txt") },
	{ "list-repr.txt", 0, REPORT(MADE "list-repr.txt") },
	{ "comment-quoted.txt", 0, REPORT(MADE "comment-quoted.txt") },
	{ "rtt-prefix.txt", 2, REPORT(MADE "rtt-prefix.txt") },
	{ "excerpt.txt", 2, REPORT(MADE "excerpt.txt") },
	{ "excerpt.json", 2, REPORT("--json", MADE "excerpt.txt") },
	{ "excerpt-8-digits.txt", 2, REPORT(MADE "excerpt-8-digits.txt") },
	{ "excerpt-areas.txt", 2, REPORT(MADE "excerpt-areas.txt") },
	{ "excerpt-areas.json", 2, REPORT("--json", MADE "excerpt-areas.txt") },
	{ "excerpt-1.8.0.txt", 2, REPORT(MADE "excerpt-1.8.0.txt") },
	{ "prose.txt", 2, REPORT(MADE "prose.txt") },
	{ "area-sizes.txt", 0, REPORT(MADE "area-sizes.txt") },
	{ "versions.json", 0, REPORT("--json", MADE "versions.txt") },
	{ "info-2014.txt", 0, REPORT(MADE "info-2014.txt") },
	{ "circuitpython.txt", 0, REPORT(MADE "circuitpython.txt") },
	{ "caps.txt", 0, REPORT(MADE "caps.txt") },
	{ "caps.json", 0, REPORT("--json", MADE "caps.txt") },
	{ "caps-and-dump.txt", 0, REPORT(MADE "caps-and-dump.txt") },
	{ "figures-of-programs.json", 0, REPORT("--json", MADE "figures-of-programs.txt") },
	{ "ticks.json", 0, REPORT("--json", MADE "ticks.txt") },
	{ "named-frames.txt", 0, REPORT(MADE "named-frames.txt") },
	{ "named-frames.json", 0, REPORT("--json", MADE "named-frames.txt") },

	/* time stamps; all forms of them are in test-stamp.c and tests/checks/stamps */
	{ "stamps-minicom-persecond.txt", 0, REPORT(MADE "stamps-minicom-persecond.txt") },
	{ "stamps-ts-epoch.txt", 0, REPORT(MADE "stamps-ts-epoch.txt") },
	{ "differences.txt", 0, REPORT(MADE "differences.txt") },
	{ "differences.json", 0, REPORT("--json", MADE "differences.txt") },
	{ "saved-cut.txt", 2, REPORT(MADE "saved-cut.stream") },
	{ "saved-damaged.txt", 2, REPORT(MADE "saved-damaged.stream") },
	{ "saved-damaged.json", 2, REPORT("--json", MADE "saved-damaged.stream") },
	{ "cut-in-statistics.txt", 2, REPORT(MADE "cut-in-statistics.txt") },
	{ "cut-in-statistics.json", 2, REPORT("--json", MADE "cut-in-statistics.txt") },

	/* ---- no logs ---- */
	{ "bad-empty", 2, REPORT(MADE "empty.txt") },
	{ "bad-empty.json", 2, REPORT("--json", MADE "empty.txt") },
	{ "bad-hello", 2, REPORT(MADE "hello.txt") },
	{ "bad-nul", 2, REPORT(MADE "nul.bin") },
	{ "bad-bytes", 2, REPORT(MADE "bytes.bin") },
	{ "bad-elf", 2, REPORT(MADE "elf.bin") },
	{ "bad-elf.json", 2, REPORT("--json", MADE "elf.bin") },
	{ "bad-map", 2, REPORT(MADE "gnu-ld.map") },
	{ "bad-json", 2, REPORT(MADE "report.json") },
	{ "bad-strings", 2, REPORT(MADE "strings.txt") },
	{ "bad-stdin", 2, REPORT("-") },
	{ "bad-nowhere", 2, REPORT("data/nowhere.log") },
	{ "bad-nowhere.json", 2, REPORT("--json", "data/nowhere.log") },
	{ "bad-folder", 2, REPORT("data") },
	{ "bad-one-of-two", 2, REPORT(MADE "hello.txt", MADE "session.txt") },
	{ "bad-one-of-two.json", 2, REPORT("--json", MADE "hello.txt", MADE "session.txt") },
	{ "bad-qstr-defs", 2, REPORT("--qstr-defs", MADE "session.txt") },
	{ "bad-atb-short", 2, REPORT("--raw-atb", "0x20003e80:284", MADE "table.bin") },
	{ "bad-atb-long.txt", 0,
	  REPORT("--raw-atb", "0x20003e80:20", "--map", "full", MADE "table.bin") },

	/* ---- usage ---- */
	{ "usage-no-file", 2, REPORT(NULL) },
	{ "usage-dump-0", 2, REPORT("--dump", "0", MADE "session.txt") },
	{ "usage-dump-3", 2, REPORT("--dump", "3", MADE "session.txt") },
	{ "usage-dump-word", 2, REPORT("--dump", "last", MADE "session.txt") },
	{ "usage-need", 2, REPORT("--need", "lots", MADE "session.txt") },
	{ "usage-need-0", 2, REPORT("--need", "0", MADE "session.txt") },
	{ "usage-culprits", 2, REPORT("--culprits", "-1", MADE "session.txt") },
	{ "usage-format", 2, REPORT("--format", "xml", MADE "session.txt") },
	{ "usage-color", 2, REPORT("--color", "maybe", MADE "session.txt") },
	{ "usage-map", 2, REPORT("--map", "big", MADE "session.txt") },
	{ "usage-input", 2, REPORT("--input", "elf", MADE "session.txt") },
	{ "usage-raw-atb", 2, REPORT("--raw-atb", "20003e80", MADE "table.bin") },
	{ "usage-raw-atb-size", 2, REPORT("--raw-atb", "20003e80:280:24", MADE "table.bin") },
	{ "usage-raw-atb-two", 2, REPORT("--raw-atb", "20003e80:280", MADE "table.bin", "x") },
	{ "usage-no-value", 2, REPORT("--need") },
	{ "usage-escapes", 2, REPORT("--need", "\x1b[2J\xff", MADE "session.txt") },
	/* ---- boards ---- */
	{ "boards.txt", 0, { .args = { "boards" } } },
	{ "boards-pico.txt", 0, { .args = { "boards", "raspberrypi-pico" } } },
	{ "boards-tufty.json", 0, { .args = { "boards", "--json", "pimoroni-tufty2350" } } },
	{ "boards-esp32.txt", 0, { .args = { "boards", "espressif-esp32-4m" } } },
	{ "boards-h7plus.txt", 0, { .args = { "boards", "openmv-h7plus" } } },
	{ "boards-file.txt", 0, { .args = { "boards", "../layouts/st-nucleo-f401re.json" } } },
	{ "bad-board", 2, { .args = { "boards", "data/boards/across.json" } } },
	{ "bad-board-ids", 2, { .args = { "boards", "../layouts/usb-ids.json" } } },
	{ "bad-board-second", 2, { .args = { "boards", "raspberrypi-pico", "./nothing.json" } } },
	{ "boards-stdin.txt", 0, { .args = { "boards", "-" }, .input = "../layouts/arm-mps2-an385.json" } },
	{ "usage-board-near", 2, { .args = { "boards", "pico" } } },
	{ "usage-board-typo", 2, { .args = { "boards", "--json", "rasberrypi-pico" } } },
	{ "usage-board-far", 2, { .args = { "boards", "zx-spectrum" } } },
	{ "usage-board-mcu", 2, { .args = { "boards", "RP2040" } } },
	{ "usage-board-mcus", 2, { .args = { "boards", "esp" } } },
	{ "usage-board-title", 2, { .args = { "layout", "--board", "Pico 2" } } },
	{ "usage-board-ids", 2, { .args = { "boards", "usb-ids" } } },
	{ "usage-devices", 2, { .args = { "devices", "/dev/ttyACM0" } } },
	{ "usage-devices-format", 2, { .args = { "devices", "--format", "xml" } } },
	{ "usage-baud", 2, { .args = { "snap", "--baud", "fast", "exec:true" } } },
	{ "usage-baud-0", 2, { .args = { "attach", "--baud", "0", "exec:true" } } },
	{ "usage-dtr", 2, { .args = { "snap", "--dtr", "high", "exec:true" } } },
	{ "usage-rts", 2, { .args = { "attach", "--rts=", "exec:true" } } },
	{ "usage-patience", 2, { .args = { "snap", "--patience", "long", "exec:true" } } },
	{ "usage-two-sources", 2, { .args = { "snap", "exec:true", "exec:false" } } },
	{ "usage-tcp", 2, { .args = { "snap", "tcp:localhost" } } },
	{ "usage-tcp-port", 2, { .args = { "snap", "tcp:localhost:65537" } } },
	{ "bad-port", 3, { .args = { "snap", "/dev/ttyACM1000000" } } },
	{ "usage-live", 2, REPORT("exec:micropython") },
	{ "usage-command", 2, { .args = { "repotr", "x" } } },
	{ "usage-command-far", 2, { .args = { "firmware" } } },
	{ "sources.txt", 0, { .args = { "help", "sources" } } },
	{ "formats.txt", 0, { .args = { "help", "formats" } } },
};

/* ---- comparing ---- */

static bool blessing(void)
{
	const char *bless = getenv("MEMPROF_BLESS");

	return bless && *bless && strcmp(bless, "0") != 0;
}

static void write_file(const char *path, const struct strbuf *text)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(strbuf_text(text), 1, text->n_bytes, file), text->n_bytes);
	assert_int_equal(fclose(file), 0);
}

/* False if there is no such file, which stands for nothing. */
static bool read_file(const char *path, struct strbuf *ret)
{
	char bytes[4096];
	size_t n;
	FILE *file = fopen(path, "rb");

	if (!file)
		return false;
	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		strbuf_add(ret, bytes, n);
	fclose(file);
	return true;
}

static void show_difference(const char *path, const struct strbuf *text)
{
	CLEANUP(strbuf_deinit) struct strbuf shown = STRBUF_INIT;
	char have[] = "/tmp/memprof-golden-XXXXXX", command[1024], line[1024];
	int fd = mkstemp(have);

	assert_true(fd >= 0);
	close(fd);
	write_file(have, text);
	snprintf(command, sizeof(command), "diff -u --label expected --label printed %s %s",
		 access(path, F_OK) == 0 ? path : "/dev/null", have);
	FILE *diff = popen(command, "r");
	while (diff && fgets(line, sizeof(line), diff) && shown.n_bytes < 8000)
		text_visible(&shown, line, strlen(line), true);
	if (diff)
		pclose(diff);
	unlink(have);
	print_error("%s\n%s", path, strbuf_text(&shown));
}

static void assert_golden(const char *name, const char *suffix, const struct strbuf *text)
{
	CLEANUP(strbuf_deinit) struct strbuf expected = STRBUF_INIT;
	char path[512];

	snprintf(path, sizeof(path), TESTS_DIR "/golden/expected/%s%s", name, suffix);
	if (blessing()) {
		if (text->n_bytes > 0)
			write_file(path, text);
		else
			unlink(path);
		return;
	}
	read_file(path, &expected);
	if (expected.n_bytes == text->n_bytes &&
	    memcmp(strbuf_text(&expected), strbuf_text(text), text->n_bytes) == 0)
		return;
	show_difference(path, text);
	fail_msg("%s%s is not what is printed", name, suffix);
}

static void golden_matches(void **state)
{
	const struct golden *g = *state;
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf err = STRBUF_INIT;
	int exit_code = run_memprof(&g->run, &out, &err);

	assert_golden(g->name, "", &out);
	assert_golden(g->name, ".err", &err);
	assert_int_equal(exit_code, g->exit_code);
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[ARRAY_SIZE(goldens)];

	run_begin(argc, argv);
	for (size_t i = 0; i < ARRAY_SIZE(goldens); i++)
		tests[i] = (struct CMUnitTest){ .name = goldens[i].name,
						.test_func = golden_matches,
						.initial_state = (void *)(uintptr_t)&goldens[i] };
	return RUN(tests);
}
