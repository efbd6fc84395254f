/* report on long logs: time against wc, and memory that does not grow.
 *
 *     bench-log MEMPROF FOLDER SAMPLE...      FOLDER is for the logs; they are removed again */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "memprof/base/number.h"

enum { TRIES = 5 };
#define MB  UINT64_C(1000000)
#define MIB (1024.0 * 1024.0)

/* Four times the longest text from one dump's statistics to the next one's in any sample; for what follows the objects,
 * 6 bytes a block of the largest heap (on 64-bit ports, of 32 bytes); and 16 MiB. */
static uint64_t peak_limit(char *const samples[], int n_samples)
{
	uint64_t longest = 0, largest = 0;

	for (int i = 0; i < n_samples; i++) {
		char line[4096];
		uint64_t n = 0;
		FILE *in = fopen(samples[i], "r");
		while (in && fgets(line, sizeof(line), in)) {
			uint64_t total_bytes;
			const char *statistics = strstr(line, "GC: total:");
			if (statistics)
				n = 0;
			if (statistics && sscanf(statistics, "GC: total: %" SCNu64, &total_bytes) == 1)
				largest = MAX(largest, total_bytes);
			n += strlen(line);
			longest = MAX(longest, n);
		}
		if (in)
			fclose(in);
	}
	return 4 * longest + 6 * largest / 32 + (16 << 20);
}

struct log {
	char path[1024];
	double wc_s;
};

static void make(struct log *log, const char *folder, const char *name, uint64_t n_bytes, char *const samples[],
		 int n_samples)
{
	snprintf(log->path, sizeof(log->path), "%s/bench-%s.log", folder, name);
	bench_make_log(log->path, n_bytes, samples, n_samples);
	log->wc_s = bench_run(TRIES, (const char *[]){ "wc", log->path, NULL }).best_s;
}

static const char *format_name(bool json) { return json ? "--json" : "text"; }

static struct bench_run report(const char *memprof, const struct log *log, bool json, int n_tries)
{
	const char *text[] = { memprof, "report", log->path, NULL };
	const char *as_json[] = { memprof, "report", "--json", log->path, NULL };

	return bench_run(n_tries, json ? as_json : text);
}

/* limited: text must hold the limit; JSON has none, as it analyses every dump, not only the last. */
static void time_against_wc(const char *memprof, const struct log *log, bool json, bool limited)
{
	double s = report(memprof, log, json, limited ? TRIES : 1).best_s;

	bench_row(s / log->wc_s, limited && !json ? 1 : 0, "x", "  %s (%.3f s) / wc (%.3f s)", format_name(json), s,
		  log->wc_s);
}

int main(int argc, char **argv)
{
#ifndef __OPTIMIZE__
	return BENCH_SKIP;
#endif
	if (argc < 4)
		return 2;
	const char *memprof = argv[1], *folder = argv[2];
	char *const *samples = argv + 3;
	int n_samples = argc - 3;
	uint64_t limit_bytes = peak_limit(samples, n_samples);
	struct log small, large, one;

	make(&small, folder, "50", 50 * MB, samples, n_samples);
	make(&large, folder, "200", 200 * MB, samples, n_samples);
	printf("50 MB of all samples in turn\n");
	time_against_wc(memprof, &small, false, true);
	time_against_wc(memprof, &small, true, true);
	double lines_s = bench_run(TRIES, (const char *[]){ "wc", "-l", small.path, NULL }).best_s;
	bench_row(small.wc_s / lines_s, 0, "x", "  wc (%.3f s) / wc -l (%.3f s)", small.wc_s, lines_s);
	printf("time in slope, 50 to 200 MB\n");
	for (int json = 0; json < 2; json++) {
		double s = report(memprof, &large, json, 3).best_s;
		s -= report(memprof, &small, json, 3).best_s;
		bench_row(s / (large.wc_s - small.wc_s), json ? 0 : 1, "x", "  %s / wc", format_name(json));
	}
	printf("peak memory\n");
	for (int json = 0; json < 2; json++) {
		uint64_t at_50 = report(memprof, &small, json, 1).peak_bytes;
		uint64_t at_200 = report(memprof, &large, json, 1).peak_bytes;
		bench_row((double)at_50 / MIB, (double)limit_bytes / MIB, "MiB", "  %s, 50 MB", format_name(json));
		bench_row((double)at_200 / MIB, (double)limit_bytes / MIB, "MiB", "  %s, 200 MB", format_name(json));
		bench_row(((double)at_200 - (double)at_50) / MIB, 2, "MiB", "  %s, 200 MB - 50 MB", format_name(json));
	}
	unlink(large.path);
	unlink(small.path);
	for (int i = 0; i < n_samples; i++) {
		const char *name = strrchr(samples[i], '/');
		/* A large heap that is nearly all free is a few lines of text and millions of blocks:
		 * what takes longest for its length. No limit, but no secret either. */
		bool worst = strstr(samples[i], "fresh-64M");
		uint64_t n_mb = worst ? 2 : 50;
		if (!worst && !strstr(samples[i], "fragmented") && !strstr(samples[i], "leak"))
			continue;
		printf("%" PRIu64 " MB of %s\n", n_mb, name ? name + 1 : samples[i]);
		make(&one, folder, "one", n_mb * MB, &samples[i], 1);
		time_against_wc(memprof, &one, false, !worst);
		time_against_wc(memprof, &one, true, !worst);
		unlink(one.path);
	}
	return bench_end();
}
