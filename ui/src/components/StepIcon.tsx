/** The glyph of a step type. Specs name lucide icons; only those in use are bundled. */
import {
  Box,
  Copy,
  Download,
  FolderInput,
  FolderMinus,
  FolderPlus,
  Hourglass,
  List,
  Lock,
  LockOpen,
  OctagonX,
  Package,
  PackageOpen,
  PencilLine,
  ShieldCheck,
  Signature,
  Trash2,
  Upload,
  Variable,
  type LucideIcon,
} from 'lucide-react';

const ICONS: Record<string, LucideIcon> = {
  copy: Copy,
  download: Download,
  'folder-input': FolderInput,
  'folder-minus': FolderMinus,
  'folder-plus': FolderPlus,
  hourglass: Hourglass,
  list: List,
  lock: Lock,
  'lock-open': LockOpen,
  'octagon-x': OctagonX,
  package: Package,
  'package-open': PackageOpen,
  'pencil-line': PencilLine,
  'shield-check': ShieldCheck,
  signature: Signature,
  'trash-2': Trash2,
  upload: Upload,
  variable: Variable,
};

export function StepIcon({ name, className }: { name: string | undefined; className?: string }) {
  const Icon = (name && ICONS[name]) || Box;
  return <Icon className={className} aria-hidden />;
}
