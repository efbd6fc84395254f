#include "decode.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode(&decoder_mem_info, data, size);
	return 0;
}
