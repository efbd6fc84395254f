/* memprof-sim, unless it is in memprof itself (-Done_file=true). */
#include "memprof/sim_main.h"

int main(int argc, char **argv) { return sim_main(argc, argv); }
