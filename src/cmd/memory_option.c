/* --memory: a file of what was read of a heap, beside the report. */
#include "memory_option.h"

#include <errno.h>
#include <string.h>

#include "load.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"

int memory_option_check(const char *memory, const struct output_args *output)
{
	if (!memory || !output_path(output) || strcmp(memory, output_path(output)) != 0)
		return 0;
	message_error("-o and --memory both write %s; give two names", memory);
	return -EINVAL;
}

int memory_option_write(const char *memory, const struct options *options, const struct output_args *output,
			struct memory_file *file)
{
	struct output out;

	if (!memory)
		return EXIT_FINE;
	if (memory_file_sort(file) < 0)
		return load_exit(-ENOMEM, NULL);
	if (output_open_as(&out, options, output, OUTPUT_TEXT, memory) < 0)
		return EXIT_INPUT;
	memory_file_write(file, &out.text);
	output_drain(&out);
	return output_close(&out, EXIT_FINE);
}
