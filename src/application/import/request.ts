import type { FileBytes } from '../../import/chunks.ts';
import type { GivenFile } from '../../import/inputs.ts';
import type { ManagerReading } from '../../import/managers.ts';
import type { OpenScratch } from '../../import/scratch.ts';

/** What an import reports while it works. */
export interface ImportProgress {
  step: 'read' | 'compare' | 'stage' | 'apply' | 'project';
  done: number;
  of: number;
}

/** How the files of an import were understood. */
export interface ImportReading {
  files: { file: string; format: string; rows: number; mapping: Record<string, string>; unknown_columns: string[] }[];
  managers?: ManagerReading;
}

export interface ImportRequest {
  /** The file, or a way to read it piece by piece. */
  bytes: FileBytes;
  file_name: string;
  /** Files that belong to it: histories beside a list of people, memberships beside teams. In any order; what each is shows in its columns. */
  beside?: readonly GivenFile[];
  /** What names the source; files of one source update each other. Default: the shape, for organograms with the organisation. */
  source?: string;
  dry_run?: boolean;
  /** The file holds everything of its source: what it does not name closes. */
  complete?: boolean;
  skip_rejected?: boolean;
  repair?: Readonly<Record<string, string>>;
  mapping?: Readonly<Record<string, string>>;
  /** How dates that read two ways are meant. */
  date_order?: 'dmy' | 'mdy';
  /** YYYY-MM-DD; today in the tenant's time zone unless given. */
  effective_on?: string;
  /** Told once, before anything is compared or written. */
  onRead?: (reading: ImportReading) => void;
  /** Where rows, baseline and changes are kept while the import works: in memory unless given. */
  scratch?: OpenScratch;
  onProgress?: (progress: ImportProgress) => void;
}
