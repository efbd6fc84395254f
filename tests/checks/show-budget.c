/* Prints what memprof makes of budgets, for tests/checks/budgets.
 *
 * usage: show-budget FILE...
 *        show-budget --limits
 *
 *     ok                                  (an entry each, in the order of the file)
 *     LINE:COL: TEXT                      (one with a fault)
 *     file LINE:COL: TEXT                 (the whole file cannot be read)
 *
 *     SUBJECT KEY                         (--limits: which go together) */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/analysis/budget.h"
#include "memprof/base/json_read.h"

static void show_limits(void)
{
	for (const struct limit_spec *spec = limit_specs; spec->key; spec++)
		for (unsigned i = 0; i < N_SUBJECTS; i++)
			if (spec->subjects & SUBJECT_BIT(i))
				printf("%s %s\n", figure_subject_name(i), spec->key);
}

static void show_entries(const struct budget *budget)
{
	for (size_t i = 0; i < budget->n_entries; i++) {
		const struct budget_entry *entry = &budget->entries[i];
		if (entry->fault)
			printf("%" PRIu64 ":%" PRIu32 ": %s\n", entry->fault_at.line, entry->fault_at.col,
			       entry->fault);
		else
			printf("ok\n");
	}
}

static void show_file(const char *name)
{
	static char text[JSON_READ_MAX_BYTES + 1];
	struct budget *budget = NULL;
	struct diag diag = { .text = "" };
	FILE *file = fopen(name, "rb");

	if (!file) {
		perror(name);
		exit(1);
	}
	size_t n_bytes = fread(text, 1, sizeof(text), file);
	fclose(file);
	if (budget_read(text, n_bytes, name, &budget, &diag) < 0)
		printf("file %" PRIu64 ":%" PRIu32 ": %s\n", diag.at.line, diag.at.col, diag.text);
	else
		show_entries(budget);
	budget_free(budget);
}

int main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--limits") == 0)
			show_limits();
		else
			show_file(argv[i]);
	}
	return 0;
}
