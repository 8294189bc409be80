import { testScene } from './explore-scene.ts';

testScene({ start: 'due', jobs: ['tick', 'tick'] });
