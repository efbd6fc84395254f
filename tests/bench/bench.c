#define _DEFAULT_SOURCE /* wait4 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int n_missed;

double bench_now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double bench_cpu_s(void) { return (double)clock() / CLOCKS_PER_SEC; }

_Noreturn void bench_give_up(const char *what, const char *name)
{
	fprintf(stderr, "bench: %s %s\n", what, name);
	exit(99);
}

static _Noreturn void fail(const char *what, const char *name)
{
	fprintf(stderr, "bench: %s %s: %s\n", what, name, strerror(errno));
	exit(99);
}

/* posix_spawn and not fork: the child begins with the little memory of this program, so that its peak
 * is its own (a child's peak counts from before exec). */
static void run_once(const char *const argv[], const posix_spawn_file_actions_t *to_null, struct bench_run *best)
{
	static char locale[] = "LC_ALL=C", path[] = "PATH=/usr/bin:/bin";
	char *const environment[] = { locale, path, NULL };
	struct rusage usage;
	int status = 0;
	pid_t pid;
	double start = bench_now_s();

	errno = posix_spawnp(&pid, argv[0], to_null, NULL, (char *const *)(uintptr_t)argv, environment);
	if (errno || wait4(pid, &status, 0, &usage) != pid)
		fail("cannot run", argv[0]);
	double took_s = bench_now_s() - start;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "bench: %s ended with status 0x%x\n", argv[0], (unsigned)status);
		exit(99);
	}
	if (took_s < best->best_s)
		best->best_s = took_s;
	uint64_t peak_bytes = (uint64_t)usage.ru_maxrss * 1024;
	if (peak_bytes > best->peak_bytes)
		best->peak_bytes = peak_bytes;
}

void bench_run_each(int n_tries, const char *const *const argvs[], size_t n_argvs, struct bench_run ret[])
{
	posix_spawn_file_actions_t to_null;

	posix_spawn_file_actions_init(&to_null);
	posix_spawn_file_actions_addopen(&to_null, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&to_null, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&to_null, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	for (size_t k = 0; k < n_argvs; k++)
		ret[k] = (struct bench_run){ .best_s = 1e9 };
	for (int i = 0; i < n_tries; i++)
		for (size_t k = 0; k < n_argvs; k++)
			run_once(argvs[k], &to_null, &ret[k]);
	posix_spawn_file_actions_destroy(&to_null);
}

struct bench_run bench_run(int n_tries, const char *const argv[])
{
	struct bench_run run;

	bench_run_each(n_tries, &argv, 1, &run);
	return run;
}

static uint64_t append(FILE *out, const char *name)
{
	char bytes[16384];
	FILE *in = fopen(name, "r");
	uint64_t n_bytes = 0;
	size_t n;

	if (!in)
		fail("cannot read", name);
	while ((n = fread(bytes, 1, sizeof(bytes), in)) > 0)
		n_bytes += fwrite(bytes, 1, n, out);
	fclose(in);
	fputc('\n', out);
	return n_bytes + 1;
}

void bench_make_log(const char *path, uint64_t n_bytes, char *const samples[], int n_samples)
{
	FILE *out = fopen(path, "w");
	uint64_t n = 0;

	if (!out)
		fail("cannot write", path);
	while (n < n_bytes)
		for (int i = 0; i < n_samples; i++)
			n += append(out, samples[i]);
	if (ferror(out) || fclose(out) != 0)
		fail("cannot write", path);
}

void bench_row(double measured, double limit, const char *unit, const char *format, ...)
{
	char what[160];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	printf("%-58s %8.2f %-3s", what, measured, unit);
	if (limit > 0) {
		printf(" limit %6.2f%s", limit, measured > limit ? "  MISSED" : "");
		n_missed += measured > limit;
	}
	printf("\n");
	fflush(stdout);
}

int bench_end(void) { return n_missed > 0; }
