/* The program memprof-sim: a simulated board on standard input and output. */
#pragma once

int sim_main(int argc, char **argv); /* returns the exit code: 0, 1 or 2 for wrong arguments */
