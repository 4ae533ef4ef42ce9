// Runs files of test vectors in a page.
import * as verijot from "verijot";
import { runFile } from "./runner.mjs";

globalThis.runVectors = (file, lacks) => runFile(file, verijot, { lacks });
