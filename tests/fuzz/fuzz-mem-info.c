#include "decode.h"
#include "fuzz.h"

FUZZ(data, size) { decode(&decoder_mem_info, data, size); }
